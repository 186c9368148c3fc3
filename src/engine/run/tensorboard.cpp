#include "tsd/engine/run/tensorboard.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include "engine/yaml/scalar.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 32;
constexpr std::size_t kFrame = 8 + 4 + 4;  // length, its checksum, checksum of the data

// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), masked as TFRecord wants it.
std::uint32_t masked_crc(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries;
    for (std::uint32_t i = 0; i < 256; ++i) {
      entries[i] = i;
      for (int bit = 0; bit < 8; ++bit) entries[i] = entries[i] >> 1 ^ (entries[i] & 1 ? 0x82f63b78u : 0u);
    }
    return entries;
  }();
  std::uint32_t crc = ~0u;
  for (unsigned char byte : bytes) crc = table[(crc ^ byte) & 255] ^ crc >> 8;
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}

// Protobuf fields: the number and wire type in one byte, then the value.
enum Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
char tag(int field, Wire wire) { return static_cast<char>(field << 3 | wire); }
std::string bytes_field(int field, std::string_view value) {
  return tag(field, kBytes) + varint(value.size()) + std::string(value);
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Event { double wall_time = 1; int64 step = 2; ... }
std::string event(std::int64_t step, std::string_view rest) {
  return tag(1, kFixed64) + raw(now()) + tag(2, kVarint) + varint(static_cast<std::uint64_t>(step)) +
         std::string(rest);
}

std::string version() { return event(0, bytes_field(3, "brain.Event:2")); }  // file_version

// Value { string tag = 1; TensorProto tensor = 8; SummaryMetadata metadata = 9; } of the plugin `hparams`: its tensor is
// empty, its message is in the metadata, { PluginData { string plugin_name = 1; bytes content = 2; } = 1 }.
std::string hparams_value(const char* name, const std::string& message) {
  static const std::string no_numbers("\x08\x01\x12\x02\x12\x00", 6);  // DT_FLOAT, of shape [0]
  const std::string plugin = bytes_field(1, "hparams") + bytes_field(2, message);
  return bytes_field(
      1, bytes_field(1, name) + bytes_field(8, no_numbers) + bytes_field(9, bytes_field(1, plugin)));
}

// SessionStartInfo { map<string, Value> hparams = 1; double start_time_secs = 5; } = 3 of HParamsPluginData;
// google.protobuf.Value { double number_value = 2; string string_value = 3; }
std::string session_start(const Settings& settings, double time) {
  std::string info;
  for (const auto& [key, text] : settings) {
    double number = 0;
    const bool is_number = config::scan_double(text, number) == config::Scan::ok;
    const std::string value = is_number ? tag(2, kFixed64) + raw(number) : bytes_field(3, text);
    info += bytes_field(1, bytes_field(1, key) + bytes_field(2, value));
  }
  return hparams_value("_hparams_/session_start_info", bytes_field(3, info + tag(5, kFixed64) + raw(time)));
}

// SessionEndInfo { Status status = 1; double end_time_secs = 2; } = 4; STATUS_SUCCESS is 1.
std::string session_end(double time) {
  return hparams_value("_hparams_/session_end_info",
                       bytes_field(4, tag(1, kVarint) + varint(1) + tag(2, kFixed64) + raw(time)));
}

// Image { int32 height = 1, width = 2, colorspace = 3; bytes encoded_image_string = 4; } = 4 of a Value
std::string image_value(const std::string& name, std::string_view png) {
  const auto extent = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png[at + i]);
    return value;
  };
  const std::string image = tag(1, kVarint) + varint(extent(20)) + tag(2, kVarint) + varint(extent(16)) +
                            tag(3, kVarint) + varint(4) + bytes_field(4, png);
  return bytes_field(1, bytes_field(1, name) + bytes_field(4, image));
}

// A record of the file: length, its checksum, the event, its checksum.
std::string framed(std::string_view event) {
  const std::string length = raw(static_cast<std::uint64_t>(event.size()));
  return length + raw(masked_crc(length)) + std::string(event) + raw(masked_crc(event));
}

// The step stands right after wall_time; 0 may be left out.
std::int64_t step_of(std::string_view event) {
  if (event.size() < 10 || event[9] != tag(2, kVarint)) return 0;
  std::uint64_t step = 0;
  for (std::size_t i = 10, shift = 0; i < event.size() && shift < 64; ++i, shift += 7) {
    step |= static_cast<std::uint64_t>(event[i] & 127) << shift;
    if (!(event[i] & 128)) break;
  }
  return static_cast<std::int64_t>(step);
}

// Bytes of the sound records at the start of `file` with steps up to `last`.
std::size_t sound_bytes(std::string_view file, std::int64_t last) {
  std::size_t end = 0;
  while (file.size() - end >= kFrame) {
    const auto record = file.substr(end);
    const auto length = get<std::uint64_t>(record, 0);
    if (get<std::uint32_t>(record, 8) != masked_crc(record.substr(0, 8)) || length > record.size() - kFrame)
      break;
    const auto data = record.substr(12, length);
    if (get<std::uint32_t>(record, 12 + length) != masked_crc(data) || step_of(data) > last) break;
    end += kFrame + length;
  }
  return end;
}

}  // namespace

EventFile::EventFile(std::filesystem::path path, std::int64_t keep_up_to, const Settings& settings)
    : path_(std::move(path)) {
  std::size_t kept = 0;
  if (std::filesystem::is_regular_file(path_)) {
    kept = sound_bytes(read_text(path_, kMaxBytes), keep_up_to);
    std::error_code error;
    std::filesystem::resize_file(path_, kept, error);
    if (error)
      throw IoError(path_.string() + ": cannot be cut to " + std::to_string(kept) +
                    " bytes: " + error.message());
  }
  file_.open(path_, std::ios::binary | std::ios::app);
  if (!file_) throw CannotCreate(path_.string() + ": cannot be opened for writing");
  if (kept > 0) return;
  write(version());
  if (!settings.empty()) write(event(0, bytes_field(5, session_start(settings, now()))));
}

// Summary { repeated Value value = 1; }  Value { string tag = 1; float simple_value = 2; }
void EventFile::append(std::int64_t step, std::span<const Metric> row) {
  std::string summary;
  for (const auto& metric : row)
    if (metric.text.empty())
      summary += bytes_field(
          1, bytes_field(1, metric.name) + tag(2, kFixed32) + raw(static_cast<float>(metric.value)));
  write(event(step, bytes_field(5, summary)));
}

void EventFile::end(std::int64_t step) { write(event(step, bytes_field(5, session_end(now())))); }

void EventFile::write(std::string_view event) {
  file_ << framed(event) << std::flush;
  if (!file_)
    throw IoError(path_.string() + ": cannot write " + std::to_string(event.size()) +
                  " bytes; is the disk full?");
}

void write_figures(const std::filesystem::path& folder, std::int64_t step) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".png") files.push_back(entry.path());
  std::ranges::sort(files);
  std::string all = framed(version());
  for (const auto& file : files) {
    const std::string png = read_text(file, kMaxBytes);
    if (png.size() < 24 || !png.starts_with("\x89PNG")) continue;
    all += framed(event(step, bytes_field(5, image_value("figures/" + file.stem().string(), png))));
  }
  write_atomically(folder / "events.out.tfevents.tsd.figures", std::string_view(all));
}

}  // namespace tsd
