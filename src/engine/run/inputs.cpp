#include "tsd/engine/run/inputs.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>

#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{2} << 30;  // of a folder that is read as a whole

struct Known {
  std::uintmax_t size;
  fs::file_time_type changed;
  std::string sha256;
};

// Runs of a sweep read the same files.
std::string digest_of_file(const fs::path& file) {
  static std::mutex mutex;
  static std::map<std::string, Known> known;
  const std::scoped_lock lock(mutex);
  const auto size = fs::file_size(file);
  const auto changed = fs::last_write_time(file);
  Known& entry = known[file.string()];
  if (entry.sha256.empty() || entry.size != size || entry.changed != changed)
    entry = {size, changed, sha256_of_file(file)};
  return entry.sha256;
}

// Of a run the results, which no plot and no analysis changes.
void add_files(const fs::path& folder, std::vector<fs::path>& files) {
  if (fs::is_regular_file(folder / "results.h5")) return files.push_back(folder / "results.h5");
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) add_files(entry.path(), files);
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
}

std::string digest_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  add_files(folder, files);
  std::sort(files.begin(), files.end());
  std::uintmax_t bytes = 0;
  for (const auto& file : files) bytes += fs::file_size(file);
  const bool whole = bytes <= kMostBytes;
  if (!whole)
    log_warning(folder.string() + ": " + std::to_string(bytes >> 30) +
                " GiB are too much to read before each start; its files are told by name and size alone");
  std::string content;
  for (const auto& file : files)
    content += file.lexically_relative(folder).string() + '\0' +
               (whole ? digest_of_file(file) : std::to_string(fs::file_size(file))) + '\n';
  return sha256(content);
}

std::string digest(const std::string& path) {
  if (fs::is_regular_file(path)) return digest_of_file(fs::canonical(path));
  return fs::is_directory(path) ? digest_of_folder(fs::canonical(path)) : "";
}

}  // namespace

std::vector<Input> digested(std::vector<Input> inputs) {
  for (Input& input : inputs) {
    try {
      input.sha256 = digest(input.path);
    } catch (const fs::filesystem_error& error) {
      throw MissingInput(input.path + ": " + input.key + ": cannot be read: " + error.code().message());
    }
  }
  return inputs;
}

void refuse_changed(const std::string& run, const std::vector<Input>& before, const std::vector<Input>& now) {
  for (const Input& input : now) {
    const auto was = std::ranges::find(before, input.key, &Input::key);
    const bool comparable =
        was != before.end() && !input.sha256.empty();  // what is missing is told by its reader
    if (!comparable || was->sha256 == input.sha256) continue;
    throw DataError(run + ": " + input.key + ": expected what the run began with, SHA-256 " + was->sha256 +
                    " (" + was->path + "), got another, " + input.sha256 + " (" + input.path +
                    "); put it back, or begin anew with another --out");
  }
}

}  // namespace tsd
