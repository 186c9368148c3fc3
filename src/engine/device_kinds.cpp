#include "tsd/engine/device_kinds.hpp"

#include <algorithm>

namespace tsd {
namespace {

std::vector<std::string>& kinds() {
  static std::vector<std::string> all = {"cuda"};
  return all;
}

bool is_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 3 && std::ranges::all_of(text, is_digit);
}

}  // namespace

const std::vector<std::string>& device_kinds() { return kinds(); }

void add_device_kind(const std::string& name) {
  if (std::ranges::find(kinds(), name) == kinds().end()) kinds().push_back(name);
}

bool is_device_name(std::string_view name) {
  if (name == "auto" || name == "cpu") return true;
  return std::ranges::any_of(kinds(), [&](const std::string& kind) {
    return name == kind || (name.starts_with(kind + ":") && is_number(name.substr(kind.size() + 1)));
  });
}

std::string device_names() {
  std::string names = "auto, cpu";
  for (std::size_t k = 0; k < kinds().size(); ++k) {
    const bool last = k + 1 == kinds().size();
    names += ", " + kinds()[k] + (last ? " or " : ", ") + kinds()[k] + ":<number>";
  }
  return names;
}

}  // namespace tsd
