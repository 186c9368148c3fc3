#include "tsd/engine/run/run_directory.hpp"

#include <unistd.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kFormatVersion = 1;
constexpr std::array kStates = {RunState::running, RunState::done, RunState::stopped, RunState::failed,
                                RunState::diverged};

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
std::optional<T> optional_of(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

Json inputs_json(const std::vector<Input>& inputs) {
  Json list = Json::array();
  for (const Input& input : inputs)
    list.push_back({{"key", input.key}, {"path", input.path}, {"sha256", input.sha256}});
  return list;
}

std::vector<Input> inputs_of(const Json& list) {
  std::vector<Input> inputs;
  for (const auto& item : list) inputs.push_back({item.at("key"), item.at("path"), item.at("sha256")});
  return inputs;
}

Json parent_json(const std::optional<Parent>& parent) {
  if (!parent) return nullptr;
  Json changed = Json::array();
  for (const auto& [key, before, now] : parent->changed)
    changed.push_back({{"key", key}, {"before", before}, {"now", now}});
  return {{"directory", parent->directory},
          {"checkpoint", parent->checkpoint},
          {"checkpoint_sha256", parent->checkpoint_sha256},
          {"config_sha256", parent->config_sha256},
          {"step", parent->step},
          {"changed", changed}};
}

std::optional<Parent> parent_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  Parent parent;
  parent.directory = json.at("directory");
  parent.checkpoint = json.at("checkpoint");
  parent.checkpoint_sha256 = json.at("checkpoint_sha256");
  parent.config_sha256 = json.at("config_sha256");
  parent.step = json.at("step");
  for (const auto& change : json.at("changed"))
    parent.changed.push_back({change.at("key"), change.at("before"), change.at("now")});
  return parent;
}

RunState state_named(const std::string& name) {
  for (auto state : kStates)
    if (name_of(state) == name) return state;
  throw std::invalid_argument("unknown state " + name);
}

Status from_json(const Json& j) {
  if (j.at("format_version") != kFormatVersion)
    throw std::invalid_argument("format_version " + j.at("format_version").dump() + ", expected " +
                                std::to_string(kFormatVersion));
  Status s;
  s.state = state_named(j.at("state"));
  s.family = j.at("family");
  s.config_name = j.at("config_name");
  s.index = optional_of<std::int64_t>(j.at("index"));
  s.swept = j.value("swept", s.swept);
  s.config_sha256 = j.at("config_sha256");
  if (j.contains("inputs")) s.inputs = inputs_of(j.at("inputs"));  // not in files of older versions
  s.parent = parent_of(j.value("parent", Json(nullptr)));          // nor this
  s.step = j.at("step");
  s.total = j.at("total");
  s.best_score = optional_of<double>(j.at("best_score"));
  s.headline = j.value("headline", "");
  s.best = optional_of<double>(j.value("best", Json(nullptr)));
  for (const auto& [name, value] : j.at("row").items())
    s.row.emplace_back(name, value.is_null() ? NAN : value.get<double>());
  s.started_utc = j.at("started_utc");
  s.updated_utc = j.at("updated_utc");
  s.wall_seconds = j.at("wall_seconds");
  s.host = j.at("host");
  s.pid = j.at("pid");
  s.device = j.at("device");
  s.processor = j.value("processor", "");
  s.threads = j.at("threads");
  s.exit_code = static_cast<Exit>(j.at("exit_code").get<int>());
  s.message = j.at("message");
  return s;
}

}  // namespace

void make_directories(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error || !std::filesystem::is_directory(directory, error))
    throw CannotCreate(directory.string() + ": cannot create the directory: " +
                       (error ? error.message() : "a file is in its place"));
}

void refuse_read_only(const std::filesystem::path& directory, const std::string& remedy) {
  if (access(directory.c_str(), W_OK) != 0)
    throw IoError(directory.string() + ": cannot be written to; " + remedy);
}

std::string_view name_of(RunState state) {
  constexpr std::string_view names[] = {"running", "done", "stopped", "failed", "diverged"};
  return names[static_cast<int>(state)];
}

std::string to_json(const Status& s) {
  Json row = Json::object();
  for (const auto& [name, value] : s.row) row[name] = value;  // a value that is not finite becomes null
  const Json j = {{"format_version", kFormatVersion},
                  {"state", name_of(s.state)},
                  {"family", s.family},
                  {"config_name", s.config_name},
                  {"index", or_null(s.index)},
                  {"swept", s.swept},
                  {"config_sha256", s.config_sha256},
                  {"inputs", inputs_json(s.inputs)},
                  {"parent", parent_json(s.parent)},
                  {"step", s.step},
                  {"total", s.total},
                  {"best_score", or_null(s.best_score)},
                  {"headline", s.headline},
                  {"best", or_null(s.best)},
                  {"row", row},
                  {"started_utc", s.started_utc},
                  {"updated_utc", s.updated_utc},
                  {"wall_seconds", s.wall_seconds},
                  {"host", s.host},
                  {"pid", s.pid},
                  {"device", s.device},
                  {"processor", s.processor},
                  {"threads", s.threads},
                  {"exit_code", static_cast<int>(s.exit_code)},
                  {"message", s.message}};
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_status(const std::filesystem::path& file, const Status& status) {
  write_atomically(file, std::string_view(to_json(status)));
}

std::optional<Status> read_status(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  try {
    return from_json(Json::parse(read_text(file, 1 << 20)));
  } catch (const UserError&) {
    throw;
  } catch (const std::exception& e) {
    throw DataError(file.string() + ": not a status file of tsd: " + e.what());
  }
}

}  // namespace tsd
