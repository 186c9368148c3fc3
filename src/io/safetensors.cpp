#include "tsd/io/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "io/file_descriptor.hpp"
#include "io/half.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {
namespace {

static_assert(std::endian::native == std::endian::little, "the format's byte order is copied, not converted");

constexpr std::uint64_t kMaxHeader = 100'000'000;  // as in the reference reader
constexpr std::string_view kDigestKey = "xxh3_128";
constexpr std::string_view kOpening = R"({"__metadata__":{"xxh3_128":")";  // of a header tsd wrote
constexpr std::size_t kDigits = 32;
constexpr std::size_t kDigestOffset = 8 + kOpening.size();
const std::string kNoDigest(kDigits, '0');

// A type as it stands in a file, and the type it becomes in memory.
struct StoredType {
  std::string_view name;
  std::size_t size;
  DType dtype;
  void (*convert)(std::span<const std::byte>, std::span<std::byte>);  // null: the bytes are taken as they are
};

template <class From, class To, To (*F)(From)>
void convert(std::span<const std::byte> from, std::span<std::byte> to) {
  for (std::size_t i = 0; i < from.size() / sizeof(From); ++i) {
    From value;
    std::memcpy(&value, &from[i * sizeof(From)], sizeof value);
    const To converted = F(value);
    std::memcpy(&to[i * sizeof(To)], &converted, sizeof converted);
  }
}

template <class From, class To>
To widen(From value) {
  return static_cast<To>(value);
}

template <class From, class To>
constexpr auto widened = &convert<From, To, &widen<From, To>>;

constexpr StoredType kStoredTypes[] = {
    {"U8", 1, DType::u8, nullptr},
    {"I32", 4, DType::i32, nullptr},
    {"I64", 8, DType::i64, nullptr},
    {"U64", 8, DType::u64, nullptr},
    {"F32", 4, DType::f32, nullptr},
    {"F64", 8, DType::f64, nullptr},
    {"BOOL", 1, DType::u8, nullptr},
    {"I8", 1, DType::i32, widened<std::int8_t, std::int32_t>},
    {"I16", 2, DType::i32, widened<std::int16_t, std::int32_t>},
    {"U16", 2, DType::i32, widened<std::uint16_t, std::int32_t>},
    {"U32", 4, DType::i64, widened<std::uint32_t, std::int64_t>},
    {"F16", 2, DType::f32, &convert<std::uint16_t, float, &half_to_float>},
    {"BF16", 2, DType::f32, &convert<std::uint16_t, float, &bfloat16_to_float>},
};

std::string_view stored_name(DType dtype) {
  return std::find_if(std::begin(kStoredTypes), std::end(kStoredTypes),
                      [&](const StoredType& type) { return type.dtype == dtype; })
      ->name;
}

std::string header_of(const TensorFile& file) {
  using Json = nlohmann::ordered_json;
  Json header, metadata;
  metadata[std::string(kDigestKey)] = kNoDigest;
  for (const auto& [key, value] : file.metadata) {
    if (key == kDigestKey) throw std::logic_error("safetensors: the digest is not the caller's to give");
    metadata[key] = value;
  }
  header["__metadata__"] = metadata;
  std::set<std::string_view> names{"__metadata__"};
  std::uint64_t offset = 0;
  for (const auto& array : file.arrays) {
    if (!names.insert(array.name).second)
      throw std::logic_error("safetensors: two arrays named " + array.name);
    const std::uint64_t end = offset + array.bytes.size();
    header[array.name] = {
        {"dtype", stored_name(array.dtype)}, {"shape", array.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

// One reading of one file: the digest over everything first, then the header, then each tensor.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()), file_(path) {}

  TensorFile read(Checksum checksum) {
    check_digest(checksum);
    const nlohmann::json header = parse_header();
    TensorFile result;
    if (header.contains("__metadata__")) result.metadata = read_metadata(header["__metadata__"]);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;
    std::vector<Entry> entries;
    for (const auto& name : names_) {
      entries.push_back(read_entry(name, header[name]));
      extents.emplace_back(entries.back().begin, entries.back().end);
    }
    check_extents(std::move(extents));
    for (const auto& entry : entries) result.arrays.push_back(read_array(entry));
    return result;
  }

 private:
  struct Entry {
    std::string name;
    const StoredType* type;
    Shape shape;
    std::uint64_t begin, end;  // relative to the end of the header
  };

  [[noreturn]] void fail(const std::string& what) const { throw DataError(path_ + ": " + what); }
  [[noreturn]] void fail_as_no_safetensors(const std::string& what) const {
    const std::string kind = told_kind(path_);
    fail(kind.empty() ? what : "not a safetensors file" + kind);
  }
  [[noreturn]] void fail(const std::string& tensor, const std::string& what) const {
    fail("tensor " + tensor + ": " + what);
  }

  void check_digest(Checksum checksum) {
    std::string opening(kOpening.size() + kDigits, '\0');
    const bool room = file_.size() >= 8 + opening.size();
    if (room) file_.read_at(8, std::as_writable_bytes(std::span(opening)));
    if (!room || !opening.starts_with(kOpening)) {
      if (checksum == Checksum::required)
        fail_as_no_safetensors("expected a checksum at the start of the header, got none");
      return;
    }
    Xxh3 hash;
    std::vector<std::byte> chunk(1 << 20);
    for (std::uint64_t at = 0; at < file_.size(); at += chunk.size()) {
      chunk.resize(std::min<std::uint64_t>(chunk.size(), file_.size() - at));
      file_.read_at(at, chunk);
      if (at == 0) std::memcpy(&chunk[kDigestOffset], kNoDigest.data(), kDigits);
      hash.update(chunk);
    }
    const std::string stored = opening.substr(kOpening.size()), found = hash.digest();
    if (stored != found) fail("damaged: expected checksum " + stored + ", got " + found);
  }

  nlohmann::json parse_header() {
    std::uint64_t length = 0;
    if (file_.size() < 8)
      fail_as_no_safetensors("expected at least 8 bytes, got " + std::to_string(file_.size()));
    file_.read_at(0, std::as_writable_bytes(std::span(&length, 1)));
    if (length > kMaxHeader || length > file_.size() - 8)
      fail_as_no_safetensors("header of " + std::to_string(length) + " bytes in a file of " +
                             std::to_string(file_.size()));
    data_ = 8 + length;
    std::string text(length, '\0');
    file_.read_at(8, std::as_writable_bytes(std::span(text)));
    if (!text.starts_with('{')) fail_as_no_safetensors("header is not a JSON object");
    std::set<std::string> seen;
    const auto note_names = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& key) {
      if (depth != 1 || event != nlohmann::json::parse_event_t::key) return true;
      const auto name = key.get<std::string>();
      if (!seen.insert(name).second) fail(name, "named twice in the header");
      if (name != "__metadata__") names_.push_back(name);
      return true;
    };
    try {
      return nlohmann::json::parse(text, note_names);
    } catch (const nlohmann::json::exception& error) {
      fail(std::string("header is not valid JSON: ") + error.what());
    }
  }

  std::map<std::string, std::string> read_metadata(const nlohmann::json& json) const {
    if (!json.is_object()) fail("__metadata__ is not an object");
    std::map<std::string, std::string> metadata;
    for (const auto& [key, value] : json.items()) {
      if (!value.is_string()) fail("__metadata__ " + key + ": expected a string");
      if (key != kDigestKey) metadata[key] = value.get<std::string>();
    }
    return metadata;
  }

  Entry read_entry(const std::string& name, const nlohmann::json& json) const {
    const auto is_list = [](const nlohmann::json& list) {
      return list.is_array() &&
             std::all_of(list.begin(), list.end(), [](auto& n) { return n.is_number_unsigned(); });
    };
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
        !json.contains("data_offsets") || !json["dtype"].is_string() || !is_list(json["shape"]) ||
        !is_list(json["data_offsets"]) || json["data_offsets"].size() != 2)
      fail(name, "expected dtype, shape and two data_offsets");
    const auto dtype = json["dtype"].get<std::string>();
    const auto* type = std::find_if(std::begin(kStoredTypes), std::end(kStoredTypes),
                                    [&](const StoredType& candidate) { return candidate.name == dtype; });
    if (type == std::end(kStoredTypes)) fail(name, "unknown dtype " + dtype);
    Entry entry{name,
                type,
                {},
                json["data_offsets"][0].get<std::uint64_t>(),
                json["data_offsets"][1].get<std::uint64_t>()};
    const std::uint64_t available = file_.size() - data_;
    if (entry.begin > entry.end || entry.end > available)
      fail(name, "bytes " + std::to_string(entry.begin) + " to " + std::to_string(entry.end) + " of " +
                     std::to_string(available));
    std::uint64_t bytes = type->size;
    bool fits = true;
    for (const auto& extent : json["shape"]) {
      const auto n = extent.get<std::uint64_t>();
      fits = fits && n <= INT64_MAX && !__builtin_mul_overflow(bytes, n, &bytes);
      entry.shape.push_back(static_cast<std::int64_t>(n));
    }
    if (!fits || bytes != entry.end - entry.begin)
      fail(name, dtype + " " + json["shape"].dump() + " expected " +
                     (fits ? std::to_string(bytes) : "too many") + " bytes, got " +
                     std::to_string(entry.end - entry.begin));
    return entry;
  }

  // The tensors must cover the data exactly: no overlap, no hole, nothing after them.
  void check_extents(std::vector<std::pair<std::uint64_t, std::uint64_t>> extents) const {
    std::sort(extents.begin(), extents.end());
    std::uint64_t covered = 0;
    for (const auto& [begin, end] : extents) {
      if (begin != covered)
        fail("tensors overlap or leave a hole at byte " + std::to_string(std::min(begin, covered)));
      covered = end;
    }
    if (covered != file_.size() - data_)
      fail("expected " + std::to_string(covered) + " bytes of data, got " +
           std::to_string(file_.size() - data_));
  }

  Array read_array(const Entry& entry) const {
    Array array{entry.name, entry.type->dtype, entry.shape, std::vector<std::byte>(entry.end - entry.begin)};
    file_.read_at(data_ + entry.begin, array.bytes);
    if (entry.type->convert) {
      std::vector<std::byte> converted(array.bytes.size() / entry.type->size * size_of(array.dtype));
      entry.type->convert(array.bytes, converted);
      array.bytes = std::move(converted);
    }
    return array;
  }

  std::string path_;
  InputFile file_;
  std::uint64_t data_ = 0;          // offset of the first tensor's bytes
  std::vector<std::string> names_;  // tensors in the header's order
};

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  std::string header = header_of(file);
  const std::uint64_t length = header.size();
  if (length > kMaxHeader)
    throw std::logic_error("safetensors: header of " + std::to_string(length) + " bytes");
  std::vector<std::span<const std::byte>> pieces{std::as_bytes(std::span(&length, 1)),
                                                 std::as_bytes(std::span(header))};
  for (const auto& array : file.arrays) pieces.emplace_back(array.bytes);
  Xxh3 hash;
  for (const auto& piece : pieces) hash.update(piece);
  header.replace(kOpening.size(), kDigits, hash.digest());
  write_atomically(path, pieces);
}

TensorFile read_safetensors(const std::filesystem::path& path, Checksum checksum) {
  return Reader(path).read(checksum);
}

}  // namespace tsd
