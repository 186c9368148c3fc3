// The files and folders that a run reads, each named by the SHA-256 of what is in it. A run goes on, and is
// analysed, with the inputs that it began with.
#pragma once
#include <string>
#include <vector>

namespace tsd {

struct Input {
  std::string key;     // of the config that names it: "data.file", "models.files[1]"
  std::string path;    // absolute
  std::string sha256;  // empty: not read yet, or not there
};

// Of a file its SHA-256. Of a folder that of its files' names and digests; of a run, and of the runs in a
// folder, the results alone count. Above 2 GiB a folder's files count by name and size, with a warning.
// Nothing is read twice by one process unless it has changed.
std::vector<Input> digested(std::vector<Input> inputs);

// DataError, with key, path and both digests, where one of `now` is not what it was. `run`: whose inputs they
// are.
void refuse_changed(const std::string& run, const std::vector<Input>& before, const std::vector<Input>& now);

}  // namespace tsd
