// Is there memory for a run or an analysis, before it begins?
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd {

// Bytes that this process may still take: what the machine has available, within its control group's limit
// and within `ulimit -v`. Infinite where nothing says so. `root`: where proc/ and sys/ lie.
double free_memory(const std::filesystem::path& root = "/");

double total_bytes(const std::vector<MemoryNeed>& needs);
std::string bytes_text(double bytes);  // "512 MB", "23.8 GB"

// Of keys whose values are multiplied with each other: the one whose value is furthest above what is usual.
struct Asked {
  std::string key;
  double value, usual;
};
std::string to_blame(const std::vector<Asked>& keys);

// OutOfMemory naming the key that asks for the most, where `needs` are more than `most` bytes.
void require_memory(const std::vector<MemoryNeed>& needs, double most);

}  // namespace tsd
