// The command line as a shell's completion needs it, and the scripts made of it. A script asks nothing of
// tsd.
#pragma once
#include <string>
#include <vector>

namespace tsd::cli {

struct CompletedOption {
  std::string name, help;  // "--config"
  bool takes_value = false;
  std::vector<std::string> choices;  // of the value; empty: a file or anything
};

struct CompletedCommand {
  std::string name, help;
  std::vector<CompletedOption> options;
  std::vector<std::string>
      words;  // of its positional arguments, beside files: names, or "key=" to be filled in
};

std::string bash_completion(const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::vector<CompletedCommand>& commands);

}  // namespace tsd::cli
