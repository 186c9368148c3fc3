// The toy's program in a directory of its own.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/run_files.hpp"
#include "tsd/engine/run/run_directory.hpp"

namespace tsd::test {

inline std::vector<std::string> toy_words(const std::filesystem::path& out,
                                          const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{TSD_TOY, "train", "--config", TSD_SOURCE_DIR "/tests/toy/toy.yaml",
                                 "--out", out};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

inline Outcome toy(const std::filesystem::path& out, const std::vector<std::string>& more = {}) {
  return run_process(toy_words(out, more));
}

inline RunDirectory toy_directory(const std::filesystem::path& out) { return {out / "toy"}; }

inline std::optional<Status> toy_status(const std::filesystem::path& out) {
  return read_status(toy_directory(out).status());
}

// Waits until the run has made a checkpoint.
inline bool has_checkpoint(const std::filesystem::path& out) {
  return eventually(
      [&] { return std::filesystem::exists(toy_directory(out).checkpoints() / "last.safetensors"); });
}

}  // namespace tsd::test
