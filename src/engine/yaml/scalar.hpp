// Plain YAML scalars as numbers. Stricter than YAML: decimal only, no octal, no separators.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace tsd::config {

enum class Scan { ok, not_a_number, too_large };

template <class Integer>
Scan scan_integer(const std::string& text, Integer& value);
Scan scan_double(const std::string& text, double& value);

// The decimal integer that `text` seems to mean: 16 for 0x10, 10 for 010, 1000 for 1e3, 1_000 or 1000.0.
std::optional<std::int64_t> meant_integer(const std::string& text);

// The shortest text that reads back to the same bits, with the point that YAML 1.1 readers (PyYAML) need to
// see a number.
std::string double_text(double value);

}  // namespace tsd::config
