// Every key that a fork may change, of every family, changed in a fork.
#include <cmath>
#include <map>

#include "conformance/requests.hpp"
#include "engine/schema/each_field.hpp"
#include "support/catch.hpp"
#include "tsd/engine/run/fork.hpp"

namespace tsd {
namespace {

// Other values of a field than the one it has, as YAML; rules across keys may refuse some.
std::vector<std::string> others(bool value) { return {value ? "false" : "true"}; }

template <class Number>
std::vector<std::string> others(Number value) {
  std::vector<std::string> all;
  for (const double other : {value * 2.0, value * 0.5, value + 1.0, value - 1.0, 0.25}) {
    const bool whole = std::floor(other) == other;
    if (other == static_cast<double>(value) || (std::is_integral_v<Number> && !whole)) continue;
    all.push_back(std::is_integral_v<Number> ? std::to_string(static_cast<std::int64_t>(other))
                                             : std::to_string(other));
  }
  return all;
}

std::vector<std::string> others(const std::string& value) {
  std::vector<std::string> all = {"best", "last", "novel_angle", "shared", "identity", "task"};
  std::erase(all, value);
  return all;
}

template <class T>
std::vector<std::string> others(const std::optional<T>& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return value ? others(*value) : std::vector<std::string>{"1", "3", "0.5", "1000"};
  } else {
    return {"null"};
  }
}

template <class T>
std::vector<std::string> others(const std::vector<T>& list) {
  if constexpr (std::is_arithmetic_v<T>) {
    std::vector<std::string> all;
    if constexpr (std::is_floating_point_v<T>) {  // zeros stay: there may be nothing to multiply
      std::string halves;
      for (const T value : list) halves += (halves.empty() ? "" : ", ") + std::to_string(value / 2);
      all.push_back("[" + halves + "]");
    }
    const std::size_t length = std::max<std::size_t>(1, list.size());
    for (const auto& first : others(list.empty() ? T{1} : T{list.front()})) {
      std::string text = first;
      for (std::size_t i = 1; i < length; ++i) text += ", " + first;
      all.push_back("[" + text + "]");
    }
    return all;
  } else {
    return {"[identity]", "[location]"};
  }
}

std::vector<std::string> other_values(const Field& field) {
  if (field.assign) {  // a choice
    std::vector<std::string> names;
    for (const auto& name : field.choices)
      if (name != *std::get<std::string*>(field.target)) names.push_back(name);
    return names;
  }
  auto all = std::visit([](const auto* target) { return others(*target); }, field.target);
  if (std::isfinite(field.low) && std::isfinite(field.high))
    all.push_back(std::to_string(0.4 * field.low + 0.6 * field.high));
  return all;
}

std::map<std::string, std::vector<std::string>> changeable(const RunConfig& config) {
  Schema schema;
  config.configuration->describe(schema);
  std::map<std::string, std::vector<std::string>> keys;
  config::each_field(schema, [&](const std::string& key, const Field& field) {
    if (field.changeable) keys[key] = other_values(field);
  });
  return keys;
}

// A fork with another value of the key that goes on, takes a step, is interrupted, and takes one more.
// Why not, or nothing.
std::string refusal(const Subject& subject, const RunRequest& parent, const std::string& word,
                    std::int64_t step) {
  TemporaryDirectory temporary;
  try {
    auto fork = request_for(subject, temporary / "fork", {word});
    fork.from = ForkPoint{parent.directory};
    const auto begun = run_until(fork, 1);
    const auto parent_of = read_status(RunDirectory{fork.directory}.status())->parent;
    REQUIRE(parent_of);
    CHECK(parent_of->step == step);
    INFO(word);
    CHECK(parent_of->changed.size() == 1);
    CHECK((!parent_of->changed.empty() && word.starts_with(parent_of->changed[0].key + "=")));
    CHECK(begun.step == step + 1);
    const auto ended = run_until(fork, 1);
    CHECK(ended.step == step + (begun.state == RunState::stopped ? 2 : 1));
    return "";
  } catch (const ConfigError& error) {  // of rules across keys, or an end before the parent's state
    return error.what();
  }
}

}  // namespace

TEST_CASE("conformance: a fork may change every key that says so", "[conformance][slow]") {
  for (const auto& subject : subjects()) {
    auto all = subject.others;
    all.insert(all.begin(), subject);
    std::map<std::string, std::string> told;  // of each key; empty: it was changed
    for (const Subject& one : all) {
      TemporaryDirectory temporary;
      const auto parent = request_for(one, temporary / "parent");
      const std::int64_t step = run_until(parent, 3).step;
      for (const auto& [key, values] : changeable(parent.config)) {
        const auto known = told.emplace(key, "no other value").first;
        for (auto value = values.begin(); !known->second.empty() && value != values.end(); ++value)
          known->second = refusal(one, parent, key + "=" + *value, step);
      }
    }
    for (const auto& [key, why] : told) {
      INFO(subject.config << ": " << key << ": " << why);
      CHECK(why.empty());
    }
  }
}

}  // namespace tsd
