#include "tsd/io/file_kind.hpp"

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/image.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd {

using namespace test;
using namespace std::string_literals;

TEST_CASE("file kind: what is not the file that was meant is called by its name", "[io]") {
  const TemporaryDirectory folder;
  const auto told = [&](const std::string& content) {
    spit(folder / "file", content);
    return told_kind(folder / "file");
  };
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
       "; it is a Git LFS pointer"},
      {"PK\3\4\0\0\x08\x08"s, "; it is a zip archive, as torch.save"},
      {"\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."s, "; it is a file of torch.save in its old form"},
      {"\x80\4\x95"s, "; it is a Python pickle"},
      {"\x93NUMPY\1\0"s, "; it is a NumPy array"},
      {"\x1f\x8b\x08"s, "; it is compressed by gzip"},
      {"<!DOCTYPE html><html>", "; it is a web page"},
      {"", "; the file is empty"},
  };
  for (const auto& [content, name] : kinds) CHECK(told(content).starts_with(name));
  CHECK(told("x,y\n1,2\n") == "");
  write_safetensors(folder / "w.safetensors", {{make_scalar("x", 1.0)}, {}});
  CHECK(told_kind(folder / "w.safetensors") == "; it is a safetensors file");
  CHECK(told_kind(folder / "none") == "");
}

TEST_CASE("file kind: every reader says it", "[io]") {
  const TemporaryDirectory folder;
  const auto pointer = folder / "pointer";
  spit(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
  const auto message = [&](const auto& read) -> std::string {
    try {
      read();
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  const std::string said =
      "it is a Git LFS pointer, not the file that it stands for; `git lfs pull` fetches that";
  CHECK(message([&] { Hdf5Reader reader(pointer); }) == pointer.string() + ": not an HDF5 file; " + said);
  for (const auto checksum : {Checksum::required, Checksum::if_present})
    CHECK(message([&] { read_safetensors(pointer, checksum); }) ==
          pointer.string() + ": not a safetensors file; " + said);
  CHECK(message([&] { read_png(pointer); }).ends_with(said));
}

}  // namespace tsd
