#include "tsd/engine/run/tensorboard.hpp"

#include <array>
#include <chrono>
#include <cstring>

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

// Event { double wall_time = 1; int64 step = 2; ... }
std::string event(std::int64_t step, std::string_view rest) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return tag(1, kFixed64) + raw(now) + tag(2, kVarint) + varint(static_cast<std::uint64_t>(step)) +
         std::string(rest);
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

EventFile::EventFile(std::filesystem::path path, std::int64_t keep_up_to) : path_(std::move(path)) {
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
  if (kept == 0) write(event(0, bytes_field(3, "brain.Event:2")));  // file_version
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

void EventFile::write(std::string_view event) {
  const std::string length = raw(static_cast<std::uint64_t>(event.size()));
  file_ << length << raw(masked_crc(length)) << event << raw(masked_crc(event)) << std::flush;
  if (!file_)
    throw IoError(path_.string() + ": cannot write " + std::to_string(event.size()) +
                  " bytes; is the disk full?");
}

}  // namespace tsd
