// Settings that differ from their defaults and do nothing beside the others. They are told with the reason,
// not refused: the files of the original programs give every key whether or not it is used.
//
//   IdleKeys keys(config);
//   if (config.frozen) keys.add("frozen", TSD_KEY(Config, rate), TSD_KEY(Config, decay));
#pragma once
#include <string>
#include <utility>
#include <vector>

#define TSD_KEY(Config, name) \
  std::pair { #name, &Config::name }

namespace tsd {

template <class Config>
class IdleKeys {
 public:
  explicit IdleKeys(const Config& config) : config_(config) {}

  template <class... Values>
  void add(const std::string& why, std::pair<const char*, Values Config::*>... fields) {
    std::string keys;
    const auto look = [&](const auto& field) {
      if (config_.*field.second != defaults_.*field.second)
        keys += (keys.empty() ? "" : ", ") + std::string(field.first);
    };
    (look(fields), ...);
    if (!keys.empty()) all_.push_back(keys + " (" + why + ")");
  }
  void add_key(const std::string& why, const std::string& key) { all_.push_back(key + " (" + why + ")"); }

  // "eta_fw (task bw_only freezes WPP)", ..
  const std::vector<std::string>& all() const { return all_; }

 private:
  const Config& config_;
  const Config defaults_;
  std::vector<std::string> all_;
};

// As one line; nothing where there are none.
void tell_idle(const std::vector<std::string>& keys);

}  // namespace tsd
