// Problems of a config with their places, gathered so that all are told at once.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tsd::config {

struct Source {
  std::string name;                 // "configs/stsf.yaml", or "command line: lr=abc"
  std::filesystem::path directory;  // what relative paths written there start from
  int order = 0;                    // sources are reported in this order
  bool is_file = true;
  int rank = 0;  // among the layers of a config: what has the higher one wins

  bool is_json() const { return is_file && name.ends_with(".json"); }
};

struct Place {
  std::shared_ptr<const Source> source;
  int line = 0, column = 0;  // 1-based, columns in characters; 0: the source as a whole
};
std::string to_string(const Place& place);

// "what; expected ..., got ...[; hint]"
std::string problem_text(const std::string& what, const std::string& expected, const std::string& got,
                         const std::string& hint = "");

class Report {
 public:
  // An empty key belongs to no key: a syntax error, say.
  void add(const Place& place, const std::string& key, const std::string& text);
  void add(const Report& other);
  bool empty() const { return problems_.empty(); }
  bool is_full() const;       // more will not be told
  void raise_if_any() const;  // ConfigError, one line per problem, sorted by place

 private:
  struct Problem {
    Place place;
    std::string line;
  };
  std::vector<Problem> problems_;
};

}  // namespace tsd::config
