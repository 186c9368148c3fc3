#include "engine/yaml/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "engine/config/text.hpp"
#include "tsd/engine/utf8.hpp"
#include "tsd/error.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd::config {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostNodes =
    200'000;  // after aliases: a few lines of them can stand for billions of nodes
constexpr std::size_t kMostDepth = 32;
constexpr std::size_t kMostKeys = 1000;  // of one mapping; each new key is compared with those before

// Where yaml-cpp's marks (0-based, in bytes) are for a reader.
class Places {
 public:
  Places(std::string_view text, std::shared_ptr<const Source> source) : source_(std::move(source)) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      lines_.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  Place start() const { return {source_, source_->is_file ? 1 : 0, source_->is_file ? 1 : 0}; }

  Place operator()(const YAML::Mark& mark) const {
    if (!source_->is_file || mark.line < 0) return {source_, 0, 0};
    const std::string_view before = line(mark).substr(0, static_cast<std::size_t>(std::max(mark.column, 0)));
    const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return {source_, mark.line + 1,
            1 + static_cast<int>(std::count_if(before.begin(), before.end(), is_first_byte))};
  }

  // Whether the quote that opens at or after `mark` is closed. yaml-cpp 0.7 takes the end of the file for a
  // closing quote.
  bool quote_is_closed(const YAML::Mark& mark) const {
    const std::string_view first = line(mark);
    const char* at = first.data() + std::min(static_cast<std::size_t>(mark.column), first.size());
    std::string_view rest(at, static_cast<std::size_t>(lines_.back().data() + lines_.back().size() - at));
    const std::size_t open = rest.find_first_of("\"'|>");
    if (open == std::string_view::npos || rest[open] == '|' || rest[open] == '>')
      return true;  // a block scalar
    for (std::size_t i = open + 1; i < rest.size(); ++i) {
      const bool escapes = rest[open] == '"' && rest[i] == '\\',
                 doubled = rest[open] == '\'' && rest[i] == '\'' && rest.substr(i + 1).starts_with('\'');
      if (escapes || doubled)
        ++i;
      else if (rest[i] == rest[open])
        return true;
    }
    return false;
  }

  bool has_tab_indentation(const YAML::Mark& mark) const {
    const std::string_view text = line(mark);
    return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
  }

  // Whether a null is written out. Of one that is not, yaml-cpp gives the mark of whatever comes next.
  bool null_at(const YAML::Mark& mark) const {
    const std::string_view text = line(mark);
    const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
    if (column >= text.size()) return false;
    const std::string_view rest = text.substr(column);
    return rest[0] == '~' || rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL");
  }

 private:
  std::string_view line(const YAML::Mark& mark) const {
    const auto i = static_cast<std::size_t>(mark.line);
    return i < lines_.size() ? lines_[i] : std::string_view();
  }

  std::shared_ptr<const Source> source_;
  std::vector<std::string_view> lines_;
};

struct Refused {  // ends the parsing of a document
  Place place;
  std::string text;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, Report& report) : places_(places), report_(report) {
    root_.place = places.start();
  }

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {
    if (last_quoted_ && !places_.quote_is_closed(*last_quoted_))
      throw Refused{places_(*last_quoted_), "not valid YAML: a quote that is not closed"};
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = places_.null_at(mark) || open_.empty() ? places_(mark) : latest_place();
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{places_(mark), "alias inside its own anchor"};
    count(found->second, mark);
    add(found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    Node node;
    node.kind = Node::Kind::scalar;
    node.quoted = tag == "!";  // yaml-cpp: "?" for plain, "!" for any other style
    node.text = value;
    node.place = places_(mark);
    last_quoted_ = node.quoted ? std::optional(mark) : std::nullopt;
    count(node, mark);
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Key {
    std::string name;
    Place place;
    bool usable;
  };
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Key> key;  // of a mapping, waiting for its value
  };

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    report_.add(places_(mark), path(),
                problem_text("tags are not supported", "a plain value", shortened(tag)));
  }

  void count(const Node& node, const YAML::Mark& mark) {
    const auto size = [](const Node& n, const auto& self) -> std::size_t {
      std::size_t total = 1;
      for (const Node& item : n.items) total += self(item, self);
      for (const Entry& entry : n.entries) total += self(entry.value, self);
      return total;
    };
    nodes_ += size(node, size);
    if (nodes_ > kMostNodes)
      throw Refused{places_(mark),
                    "too many values; expected at most " + std::to_string(kMostNodes) + ", aliases included"};
  }

  void start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    if (open_.size() == kMostDepth)
      throw Refused{places_(mark),
                    "nested too deeply; expected at most " + std::to_string(kMostDepth) + " levels"};
    Open open;
    open.node.kind = kind;
    open.node.place = places_(mark);
    open.anchor = anchor;
    count(open.node, mark);
    open_.push_back(std::move(open));
  }

  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      const bool usable = node.kind == Node::Kind::scalar;
      if (!usable) report_.add(node.place, path(), problem_text("not a key", "text", shown(node)));
      parent.key = Key{node.text, node.place, usable};
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void add_entry(Open& parent, Node value) {
    const auto [key, place, usable] = *parent.key;
    if (!usable || (place.source->is_json() && key.starts_with("_comment"))) {
      // told already, or not meant to be read
    } else if (const Entry* first = parent.node.find(key)) {
      const bool in_file = first->place.line > 0;
      report_.add(place, path(),
                  "duplicate key; it is already given" +
                      (in_file ? " in line " + std::to_string(first->place.line) : ""));
    } else if (key == "<<") {
      report_.add(place, path(),
                  "merge keys are not supported; put what is shared in a file and name it in extends");
    } else if (parent.node.entries.size() == kMostKeys) {
      throw Refused{place, "too many keys in a mapping; expected at most " + std::to_string(kMostKeys)};
    } else {
      parent.node.entries.push_back({key, place, std::move(value)});
    }
    parent.key.reset();
  }

  Place latest_place() const { return open_.back().key ? open_.back().key->place : open_.back().node.place; }

  std::string path() const {
    std::string joined;
    for (const Open& open : open_)
      if (open.key) joined += (joined.empty() ? "" : ".") + shortened(open.key->name);
    return joined;
  }

  const Places& places_;
  Report& report_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::optional<YAML::Mark> last_quoted_;  // of the last scalar, if it is in quotes
  std::size_t nodes_ = 0;
};

// Only notes that there is a document, and where.
class SecondDocument : public TreeBuilder {
 public:
  SecondDocument(const Places& places, Report& report) : TreeBuilder(places, report), all_places_(places) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    throw Refused{all_places_(mark), "a second document starts here; expected one document per file"};
  }

 private:
  const Places& all_places_;
};

// yaml-cpp's wording of the most common slips, in words of the writer of a file.
std::string in_plain_words(const std::string& message) {
  static constexpr std::array<std::pair<const char*, const char*>, 6> kWords = {{
      {"unknown token", "a character that cannot start a value; put the text in quotes"},
      {"end of map not found", "indentation, or a line without `key:`"},
      {"end of sequence not found", "indentation, or a line without `- `"},
      {"end of map flow not found", "a `{` that is not closed, or a missing comma"},
      {"end of sequence flow not found", "a `[` that is not closed, or a missing comma"},
      {"illegal map value", "a `: ` that follows no key; put text that holds it in quotes"},
  }};
  for (const auto& [theirs, ours] : kWords)
    if (message == theirs) return ours;
  return message;
}

// The first byte that no text file has, if there is one.
std::optional<std::size_t> first_bad_byte(std::string_view text) {
  const std::size_t valid = utf8_prefix(text);
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
  };
  const auto found = std::ranges::find_if(text.substr(0, valid), is_control);
  const auto at = static_cast<std::size_t>(found - text.begin());
  return at < text.size() ? std::optional(at) : std::nullopt;
}

}  // namespace

const Entry* Node::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

Entry* Node::find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

void Node::remove(std::string_view key) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; });
}

std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::sequence:
      return node.items.empty() ? "an empty list" : "a list";
    case Node::Kind::mapping:
      return node.entries.empty() ? "an empty mapping" : "a mapping";
    case Node::Kind::scalar:
      break;
  }
  return node.quoted ? "\"" + shortened(node.text) + "\"" : shortened(node.text);
}

std::optional<Node> parse_document(std::string_view text, const std::shared_ptr<const Source>& source,
                                   Report& report) {
  const Place whole{source, 0, 0};
  if (text.size() > kMostBytes) {
    report.add(
        whole, "",
        problem_text("too large for a config", "at most 1 MB", std::to_string(text.size()) + " bytes"));
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const auto bad = first_bad_byte(text)) {
    const std::string_view before = text.substr(0, *bad);
    const Place place{source, 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
                      static_cast<int>(*bad - (before.rfind('\n') + 1)) + 1};
    report.add(source->is_file ? place : whole, "",
               problem_text("not a text file", "UTF-8 text",
                            "byte " + std::to_string(static_cast<unsigned char>(text[*bad]))));
    return std::nullopt;
  }
  const Places places(text, source);
  TreeBuilder builder(places, report);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    SecondDocument second(places, report);
    parser.HandleNextDocument(second);
  } catch (const Refused& refused) {
    report.add(refused.place, "", refused.text);
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    report.add(
        places(e.mark), "",
        "not valid YAML: " + (places.has_tab_indentation(e.mark) ? "a tab in the indentation; use spaces"
                                                                 : in_plain_words(e.msg)));
    return std::nullopt;
  }
  return builder.take_root();
}

std::optional<Node> read_document(const std::filesystem::path& path,
                                  const std::shared_ptr<const Source>& source, Report& report) {
  if (std::filesystem::is_directory(path))
    throw MissingInput(path.string() + ": expected a config file, got a folder");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw MissingInput(path.string() + ": cannot open the config: " + std::strerror(errno));
  std::string text(kMostBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw IoError(path.string() + ": cannot read the config: " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (source->is_json()) std::replace(text.begin(), text.end(), '\t', ' ');  // as indentation no YAML

  if (const std::string kind = text.empty() ? "" : told_kind(path); !kind.empty()) {
    report.add({source, 1, 1}, "", "not a config" + kind);
    return std::nullopt;
  }
  std::optional<Node> root = parse_document(text, source, report);
  if (!root) return root;
  if (root->kind == Node::Kind::null) {
    root->kind = Node::Kind::mapping;
    root->place = {source, 1, 1};
  } else if (root->kind != Node::Kind::mapping) {
    report.add(root->place, "", problem_text("not a config", "`key: value` lines", shown(*root)));
    return std::nullopt;
  }
  return root;
}

void merge(Node& lower, const Node& upper) {
  if (lower.kind != Node::Kind::mapping || upper.kind != Node::Kind::mapping) {
    lower = upper;
    return;
  }
  for (const Entry& entry : upper.entries) {
    if (Entry* below = lower.find(entry.key)) {
      merge(below->value, entry.value);
      below->place = entry.place;
    } else {
      lower.entries.push_back(entry);
    }
  }
}

namespace {

std::string flow_text(const Node& node) {
  if (node.kind == Node::Kind::null) return "null";
  if (node.kind == Node::Kind::scalar) return node.text;
  std::string inside;
  for (const Node& item : node.items) inside += (inside.empty() ? "" : ", ") + flow_text(item);
  for (const Entry& entry : node.entries)
    inside += (inside.empty() ? "" : ", ") + entry.key + ": " + flow_text(entry.value);
  return node.kind == Node::Kind::sequence ? "[" + inside + "]" : "{" + inside + "}";
}

void flatten(const Node& node, const std::string& path, std::map<std::string, std::string>& flat) {
  if (node.kind != Node::Kind::mapping) {
    flat[path] = flow_text(node);
    return;
  }
  for (const Entry& entry : node.entries)
    flatten(entry.value, (path.empty() ? "" : path + ".") + entry.key, flat);
}

}  // namespace

std::map<std::string, std::string> flattened(const Node& mapping) {
  std::map<std::string, std::string> flat;
  flatten(mapping, "", flat);
  return flat;
}

Node nested(const std::string& key_path, const Place& place, Node value) {
  const std::size_t dot = key_path.find('.');
  Node node;
  node.kind = Node::Kind::mapping;
  node.place = place;
  node.entries.push_back({key_path.substr(0, dot), place,
                          dot == std::string::npos
                              ? std::move(value)
                              : nested(key_path.substr(dot + 1), place, std::move(value))});
  return node;
}

}  // namespace tsd::config
