// What the targets share: a file that holds the input, and what may become of it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

#ifdef TSD_UNREHEARSED
#include "io/rehearsal.hpp"
namespace tsd {
void rehearse(const std::function<void()>&, const std::filesystem::path&, const std::string&) {}
}  // namespace tsd
#endif

namespace tsd::fuzz {

// The input in a file of this name, in a folder of the process's own.
inline std::filesystem::path file_with(const std::string& name, const std::uint8_t* data, std::size_t size) {
  static const test::TemporaryDirectory folder;
  const auto file = folder / name;
  std::filesystem::remove(file);  // some readers remember a file that they have seen
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return file;
}

// A reader takes an input or refuses it in words; anything else thrown ends the process.
template <class Read>
void read_or_refused(Read&& read) {
  try {
    read();
  } catch (const UserError& error) {
    if (*error.what() != '\0') return;
    std::cerr << "an error without a message\n";
    std::abort();
  }
}

}  // namespace tsd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
