#include "cli/integer_option.hpp"

#include "engine/config/text.hpp"
#include "engine/yaml/scalar.hpp"

namespace tsd::cli {
namespace {

std::string expected(const Bounds& bounds) {
  const Bounds all;
  const bool from = bounds.least > all.least, to = bounds.most < all.most;
  return "expected an integer" +
         (from && to ? " from " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most)
          : from     ? " of at least " + std::to_string(bounds.least)
          : to       ? " of at most " + std::to_string(bounds.most)
                     : "");
}

std::int64_t parsed(const std::string& option, const std::string& text, const Bounds& bounds) {
  const auto refuse = [&](const std::string& why) {
    throw CLI::ValidationError(option, expected(bounds) + ", got " + config::shortened(text) + why);
  };
  std::int64_t value = 0;
  const config::Scan scan = config::scan_integer(text, value);
  if (scan == config::Scan::not_a_number) {
    const auto meant = config::meant_integer(text);
    refuse(meant ? "; write " + std::to_string(*meant) : "");
  }
  if (scan == config::Scan::too_large) refuse(", more than 64 bits hold");
  if (value < bounds.least || value > bounds.most) refuse("");
  return value;
}

}  // namespace

CLI::Option* add_integer(CLI::App& command, const std::string& name,
                         const std::function<void(std::int64_t)>& keep, const std::string& help,
                         const Bounds& bounds) {
  return command
      .add_option_function<std::string>(
          name, [=](const std::string& text) { keep(parsed(name, text, bounds)); }, help)
      ->type_name("INT");
}

}  // namespace tsd::cli
