#include "tsd/engine/run/inputs.hpp"

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;
using test::spit;
using test::TemporaryDirectory;

std::string digest(const fs::path& path) { return digested({{"data", path, ""}})[0].sha256; }

}  // namespace

TEST_CASE("inputs: a file's digest is the SHA-256 of its content", "[inputs]") {
  const TemporaryDirectory folder;
  spit(folder / "abc", "abc");
  // FIPS 180-2, appendix B.1
  CHECK(digest(folder / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  spit(folder / "million", std::string(1'000'000, 'a'));  // appendix B.3
  CHECK(sha256_of_file(folder / "million") ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  spit(folder / "three", std::string(3 << 20, 'a'));  // more than one piece
  CHECK(sha256_of_file(folder / "three") == sha256(std::string(3 << 20, 'a')));
  CHECK(digest(folder / "none") == "");
}

TEST_CASE("inputs: changed content of equal size is seen by the same process", "[inputs]") {
  const TemporaryDirectory folder;
  spit(folder / "x", "abc");
  const auto first = digest(folder / "x");
  spit(folder / "x", "abd");
  fs::last_write_time(folder / "x", fs::last_write_time(folder / "x") + std::chrono::seconds(1));
  CHECK(digest(folder / "x") != first);
}

TEST_CASE("inputs: a folder is its files' names and contents, a run its results", "[inputs]") {
  const TemporaryDirectory folder;
  spit(folder / "a/deep/x.obj", "1");
  spit(folder / "a/y.obj", "2");
  fs::copy(folder / "a", folder / "b", fs::copy_options::recursive);
  CHECK(digest(folder / "a") == digest(folder / "b"));
  spit(folder / "b/deep/x.obj", "3");
  CHECK(digest(folder / "a") != digest(folder / "b"));
  spit(folder / "b/deep/x.obj", "1");
  fs::rename(folder / "b/y.obj", folder / "b/z.obj");
  CHECK(digest(folder / "a") != digest(folder / "b"));

  spit(folder / "runs/0/results.h5", "first");
  spit(folder / "runs/1/results.h5", "second");
  const auto runs = digest(folder / "runs"), run = digest(folder / "runs/0");
  spit(folder / "runs/0/figure.pdf", "drawn later");
  CHECK(digest(folder / "runs/0") == run);
  CHECK(digest(folder / "runs") == runs);
  spit(folder / "runs/1/results.h5", "trained once more");
  CHECK(digest(folder / "runs") != runs);
}

TEST_CASE("inputs: a changed one is refused with key, paths and both digests", "[inputs]") {
  const std::vector<Input> before = {{"data.file", "/a/x.h5", "111"}, {"weights", "/a/w", "222"}};
  CHECK_NOTHROW(refuse_changed("run", before, before));
  CHECK_NOTHROW(refuse_changed("run", before, {{"data.file", "/b/x.h5", "111"}}));
  CHECK_NOTHROW(refuse_changed("run", before, {{"data.file", "/b/x.h5", ""}}));  // told by who reads it
  CHECK_NOTHROW(refuse_changed("run", {}, before));  // of a run that an earlier tsd began
  std::string message;
  try {
    refuse_changed("results/a", before, {{"data.file", "/b/x.h5", "333"}});
  } catch (const DataError& error) {
    message = error.what();
  }
  CHECK(message ==
        "results/a: data.file: expected what the run began with, SHA-256 111 (/a/x.h5), got another, 333 "
        "(/b/x.h5); put it back, or begin anew with another --out");
}

}  // namespace tsd
