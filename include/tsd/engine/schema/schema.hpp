// One declaration per config field drives everything: reading, checks, --print-config, JSON Schema,
// documentation.
//
//   struct Optimiser { double lr = 3e-4; std::vector<int> milestones = {10, 13}; };
//   inline void describe(Schema& s, Optimiser& o) {
//     s.field("lr", o.lr, "AdamW step size").above(0);
//     s.field("milestones", o.milestones, "epochs after which lr is multiplied by gamma").range(1, 1e6);
//   }
//   ...
//   s.group("optimiser", config.optimiser, "how weights change");
//
// The defaults are those of the struct at the time of description.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tsd {

// Where the values of a field go. Integers are read as integers only (1e3 and 010 are errors), floats accept
// both.
using Target =
    std::variant<bool*, int*, std::int64_t*, std::uint64_t*, double*, std::string*,          //
                 std::vector<bool>*, std::vector<int>*, std::vector<std::int64_t>*,          //
                 std::vector<double>*, std::vector<std::string>*,                            //
                 std::vector<std::vector<double>>*, std::vector<std::vector<int>>*,          //
                 std::optional<int>*, std::optional<std::int64_t>*, std::optional<double>*,  // null: none
                 std::optional<std::string>*>;

class Schema;

class Field {
 public:
  // Chained after Schema::field(). Ranges hold for every element of a list. Floats must be finite unless
  // may_be_infinite().
  Field& range(double low, double high);  // inclusive
  Field& at_least(double low);
  Field& above(double low);                         // exclusive
  Field& below(double high);                        // exclusive
  Field& one_of(std::vector<std::string> choices);  // strings and lists of strings
  Field& length(std::size_t least, std::size_t most = std::numeric_limits<std::size_t>::max());  // of a list
  Field& or_single();  // of a list: one value may stand for a list of it alone
  Field& unit(std::string unit);
  Field& may_be_infinite();
  Field& required();  // no default: the config must give it
  // A name that the key had: still read wherever keys are, and the one that settings of runs are told apart
  // by, so that a run which began under it goes on. The same for a word of a choice.
  Field& formerly(std::string key);
  Field& formerly(std::string word, std::string now);
  // A path, relative to the config file or absolute, of something that is there. An input of the run: what
  // counts is its content, not how the path is written (engine/inputs.hpp).
  Field& must_exist();
  // Whose value tsd analyze takes, so that it may be set there: that of paths, of fields that all analyses read
  // and of those that the named ones do.
  Field& read_by_analyses();
  Field& read_by(std::vector<std::string> analyses);
  // Of such a path: what tsd analyze does with it. Without a word it reads the file again; or it takes what
  // results.h5 has of it, or only the named analyses read it, or none does. What is not read need not be there.
  Field& kept_in_results();
  Field& read_before_the_first_step();
  bool is_read_by(const std::string& analysis) const;
  // What in the config keeps anything from reading the field, or nothing: then a path is no input of the run, and a
  // stream's own seed is not drawn.
  Field& unread_where(std::function<std::string()> why);
  // The seed of one stream (null or empty: that stream's is the run's). A `seed` that a later layer of the
  // config gives draws it anew, so that `seed` decides every number that is drawn.
  Field& own_seed(std::function<std::string()> unread_where_told = {});
  // A run that begins from another's state (tsd train --from) may have another value of it: no shape, no order
  // of what is drawn and no length of an epoch depends on it, and what happens later does.
  Field& may_change();

  std::string key;  // within its group
  std::string meaning;
  std::string unit_text;
  Target target;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool low_exclusive = false, high_exclusive = false, finite = true, is_required = false,
       path_must_exist = false, in_results = false, is_own_seed = false, single_allowed = false,
       changeable = false, by_all_analyses = false;
  std::vector<std::string> analyses;  // that read it, where not all do
  std::size_t min_length = 0, max_length = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> choices;
  std::string former_key;                                         // empty: none
  std::vector<std::pair<std::string, std::string>> former_words;  // and what they are now
  std::function<std::string()> unread;

  // Set by Schema::choice(): name <-> enumerator. `target` then points to `choice_text`, which assign() turns
  // into the enumerator after reading.
  std::string choice_text;
  std::function<void(const std::string&)> assign;
};

class Schema {
 public:
  template <class T>
  Field& field(std::string key, T& value, std::string meaning) {
    return add(std::move(key), Target(&value), std::move(meaning));
  }

  // An enumeration by name. `value` is set when the config has been read.
  template <class E>
  Field& choice(std::string key, E& value, std::vector<std::pair<std::string, E>> names, std::string meaning);

  // A nested mapping, described by the free function describe(Schema&, S&).
  template <class S>
  Schema& group(std::string key, S& sub, std::string meaning) {
    Schema& opened = open_group(std::move(key), std::move(meaning));
    describe(opened, sub);
    return opened;
  }
  // The field of this mapping; std::logic_error if there is none.
  Field& at(const std::string& key);
  // Of all fields here that say nothing of analyses (Field::read_by).
  void read_by(const std::vector<std::string>& analyses);

  // For configs of the original programs: `key` stands for the field at `path`, from this mapping on, or from
  // the root for "/path". Given twice, it has to say the same.
  void alias(std::string key, std::string path) { aliases_.emplace(std::move(key), std::move(path)); }
  // ... and `key` may only say what is the case anyway: one of `values`, as YAML text.
  void fixed(std::string key, std::vector<std::string> values) {
    fixed_.emplace(std::move(key), std::move(values));
  }

  struct Group {
    std::string key, meaning;
    std::unique_ptr<Schema> schema;
  };

  const std::deque<Field>& fields() const { return fields_; }
  std::deque<Field>& fields() { return fields_; }
  const std::deque<Group>& groups() const { return groups_; }
  std::deque<Group>& groups() { return groups_; }
  const std::map<std::string, std::string>& aliases() const { return aliases_; }
  const std::map<std::string, std::vector<std::string>>& fixed() const { return fixed_; }

 private:
  Field& add(std::string key, Target target, std::string meaning);
  Schema& open_group(std::string key, std::string meaning);

  std::deque<Field> fields_;  // deque: references stay valid
  std::deque<Group> groups_;
  std::map<std::string, std::string> aliases_;
  std::map<std::string, std::vector<std::string>> fixed_;
};

template <class E>
Field& Schema::choice(std::string key, E& value, std::vector<std::pair<std::string, E>> names,
                      std::string meaning) {
  Field& f = add(std::move(key), Target(static_cast<std::string*>(nullptr)), std::move(meaning));
  f.target = Target(&f.choice_text);
  for (const auto& [name, enumerator] : names) {
    f.choices.push_back(name);
    if (enumerator == value) f.choice_text = name;
  }
  f.assign = [&value, names = std::move(names)](const std::string& text) {
    for (const auto& [name, enumerator] : names)
      if (name == text) value = enumerator;
  };
  return f;
}

std::string number_text(double value);  // as problems show it: 1000, 0.5, 1e-05

// Collects what is wrong across fields. Keys are full paths ("optimiser.lr"); the reader adds file:line:col.
class Problems {
 public:
  struct Problem {
    std::string key, what, expected, got;
  };
  void add(std::string key, std::string what, std::string expected, std::string got) {
    all_.push_back({std::move(key), std::move(what), std::move(expected), std::move(got)});
  }
  const std::vector<Problem>& all() const { return all_; }

 private:
  std::vector<Problem> all_;
};

}  // namespace tsd
