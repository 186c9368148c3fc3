#include "tsd/engine/schema/schema.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace tsd {

Field& Field::range(double least, double most) {
  low = least, high = most;
  low_exclusive = high_exclusive = false;
  return *this;
}

Field& Field::at_least(double least) {
  low = least, low_exclusive = false;
  return *this;
}

Field& Field::above(double limit) {
  low = limit, low_exclusive = true;
  return *this;
}

Field& Field::below(double limit) {
  high = limit, high_exclusive = true;
  return *this;
}

Field& Field::one_of(std::vector<std::string> names) {
  choices = std::move(names);
  return *this;
}

Field& Field::length(std::size_t least, std::size_t most) {
  min_length = least, max_length = most;
  return *this;
}

Field& Field::or_single() {
  single_allowed = true;
  return *this;
}

Field& Field::unit(std::string text) {
  unit_text = std::move(text);
  return *this;
}

Field& Field::may_be_infinite() {
  finite = false;
  return *this;
}

Field& Field::required() {
  is_required = true;
  return *this;
}

Field& Field::must_exist() {
  path_must_exist = true;
  by_all_analyses = true;
  return *this;
}

Field& Field::formerly(std::string former) {
  former_key = std::move(former);
  return *this;
}

Field& Field::formerly(std::string word, std::string now) {
  former_words.emplace_back(std::move(word), std::move(now));
  return *this;
}

Field& Field::kept_in_results() {
  in_results = true;
  return *this;
}

Field& Field::read_by_analyses() {
  by_all_analyses = true;
  return *this;
}

Field& Field::read_by(std::vector<std::string> names) {
  by_all_analyses = false;
  analyses = std::move(names);
  return *this;
}

Field& Field::read_before_the_first_step() { return read_by({}); }

bool Field::is_read_by(const std::string& name) const {
  return by_all_analyses || std::ranges::find(analyses, name) != analyses.end();
}

Field& Field::unread_where(std::function<std::string()> why) {
  unread = std::move(why);
  return *this;
}

Field& Field::own_seed(std::function<std::string()> unread_where_told) {
  is_own_seed = true;
  return unread_where(std::move(unread_where_told));
}

Field& Field::may_change() {
  changeable = true;
  return *this;
}

namespace {

void check_new_key(const Schema& schema, const std::string& key) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  if (key.empty() || !std::all_of(key.begin(), key.end(), fits))
    throw std::logic_error("schema: bad key '" + key + "'");
  const auto taken = [&](const auto& other) { return other.key == key; };
  if (std::any_of(schema.fields().begin(), schema.fields().end(), taken) ||
      std::any_of(schema.groups().begin(), schema.groups().end(), taken))
    throw std::logic_error("schema: key '" + key + "' is declared twice");
}

}  // namespace

Field& Schema::add(std::string key, Target target, std::string meaning) {
  check_new_key(*this, key);
  Field& field = fields_.emplace_back();
  field.key = std::move(key);
  field.meaning = std::move(meaning);
  field.target = target;
  return field;
}

Field& Schema::at(const std::string& key) {
  const auto found = std::ranges::find(fields_, key, &Field::key);
  if (found == fields_.end()) throw std::logic_error("schema: no field " + key);
  return *found;
}

void Schema::read_by(const std::vector<std::string>& analyses) {
  for (Field& field : fields_)
    if (!field.by_all_analyses && field.analyses.empty()) field.read_by(analyses);
}

Schema& Schema::open_group(std::string key, std::string meaning) {
  check_new_key(*this, key);
  groups_.push_back({std::move(key), std::move(meaning), std::make_unique<Schema>()});
  return *groups_.back().schema;
}

}  // namespace tsd
