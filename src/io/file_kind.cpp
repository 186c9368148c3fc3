#include "tsd/io/file_kind.hpp"

#include <array>
#include <fstream>
#include <string_view>

namespace tsd {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::string_view opening, name;
};

constexpr std::array kKinds = {
    Kind{"version https://git-lfs.github.com/spec/"sv,
         "a Git LFS pointer, not the file that it stands for; `git lfs pull` fetches that"sv},
    Kind{"PK\3\4"sv, "a zip archive, as torch.save (.pt, .pth, .ckpt) and numpy.savez write them"sv},
    Kind{"\x80\2\x8a\nl\xfc\x9c"sv, "a file of torch.save in its old form"sv},
    Kind{"\x80\2"sv, "a Python pickle"sv},
    Kind{"\x80\3"sv, "a Python pickle"sv},
    Kind{"\x80\4"sv, "a Python pickle"sv},
    Kind{"\x80\5"sv, "a Python pickle"sv},
    Kind{"\x93NUMPY"sv, "a NumPy array (.npy)"sv},
    Kind{"\x89HDF\r\n\x1a\n"sv, "an HDF5 file"sv},
    Kind{"MATLAB 5.0 MAT-file"sv, "a MATLAB file"sv},
    Kind{"\x89PNG"sv, "a PNG image"sv},
    Kind{"\x1f\x8b"sv, "compressed by gzip"sv},
    Kind{"<!DOCTYPE html"sv, "a web page"sv},
    Kind{"<html"sv, "a web page"sv},
};

// safetensors opens with a length, whose later bytes are 0, and a JSON object.
bool is_safetensors(std::string_view start) {
  return start.size() > 9 && start.substr(4, 4) == "\0\0\0\0"sv && start.substr(8, 2) == "{\""sv;
}

}  // namespace

std::string told_kind(const std::filesystem::path& file) {
  std::array<char, 64> bytes{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), bytes.size());
  const std::string_view start(bytes.data(), static_cast<std::size_t>(stream.gcount()));
  if (start.empty()) return stream.is_open() && stream.eof() ? "; the file is empty" : "";
  for (const Kind& kind : kKinds)
    if (start.starts_with(kind.opening)) return "; it is " + std::string(kind.name);
  return is_safetensors(start) ? "; it is a safetensors file" : "";
}

}  // namespace tsd
