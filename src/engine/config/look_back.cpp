#include "engine/config/look_back.hpp"

#include <algorithm>

#include "engine/config/own_seeds.hpp"
#include "engine/config/text.hpp"
#include "engine/schema/each_field.hpp"

namespace tsd::config {
namespace {

bool reads_file(const Field& field, const std::string& analysis) {
  return !field.in_results && field.is_read_by(analysis);
}

bool may_be_set(const Field& field, const LookBack& back) {
  return field.is_read_by(back.analysis) ||
         std::ranges::any_of(back.beside, [&](const std::string& name) { return field.is_read_by(name); });
}

}  // namespace

std::vector<Field*> leave_out(Schema& schema, const LookBack& back,
                              const std::vector<std::string>& overrides) {
  std::vector<Field*> left_out;
  each_field(schema, [&](const std::string& key, Field& field) {
    const bool overridden =
        std::ranges::any_of(overrides, [&](const std::string& text) { return text.starts_with(key + "="); });
    if (!field.path_must_exist || overridden || reads_file(field, back.analysis)) return;
    field.path_must_exist = false;
    left_out.push_back(&field);
  });
  return left_out;
}

void replace_left_out(const std::vector<Field*>& left_out, const LookBack& back) {
  for (Field* field : left_out) {
    auto& value = *std::get<std::optional<std::string>*>(field->target);
    if (!field->in_results)
      value.reset();
    else if (value)
      value = back.results.string();
  }
}

void forget_device(Whole& whole, const Places& places) {
  const auto given = places.find("run.device");
  const bool by_command_line = given != places.end() && given->second.source->rank == kCommandLineRank;
  if (!by_command_line && !whole.configuration->cpu_alone().empty()) whole.run.device = "auto";
}

void refuse_unread(const Schema& schema, const LookBack& back, const Places& places, Report& report) {
  std::vector<std::string> free;
  each_field(schema, [&](const std::string& key, const Field& field) {
    if (may_be_set(field, back)) free.push_back(key);
  });
  each_field(schema, [&](const std::string& key, const Field& field) {
    const auto given = places.find(key);
    if (given == places.end() || given->second.source->rank != kCommandLineRank || may_be_set(field, back))
      return;
    report.add(
        given->second, key,
        problem_text("cannot be set for an analysis", "what it reads (" + joined(free, ", ") + ")", key));
  });
}

}  // namespace tsd::config
