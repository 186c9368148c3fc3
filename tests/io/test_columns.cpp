#include "tsd/io/columns.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {
namespace {

std::string refusal(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  try {
    read_columns(path, needed);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("columns: R's names of rows are no column", "[io]") {
  const test::TemporaryDirectory folder;
  write_atomically(folder / "r.csv", std::string_view("\"a\",\"b\"\n\"1\",0.5,2\n\"2\",1.5,3\n"));
  const Columns columns = read_columns(folder / "r.csv", {"a", "b"});
  CHECK(columns.at("a") == std::vector<double>{0.5, 1.5});
  CHECK(columns.at("b") == std::vector<double>{2, 3});
}

TEST_CASE("columns: names that nothing reads, without an index and axes", "[io]") {
  const test::TemporaryDirectory folder;
  write_atomically(folder / "pandas.csv", std::string_view(",a,age,b\n0,1,30,2\n"));
  CHECK(other_columns(folder / "pandas.csv", {"a", "b", "c"}) == std::vector<std::string>{"age"});
  write_atomically(folder / "r.csv", std::string_view("\"a\";\"sex\"\n\"1\";0,5;\"f\"\n"));
  CHECK(other_columns(folder / "r.csv", {"a"}) == std::vector<std::string>{"sex"});
  Hdf5Writer file(folder / "x.h5");
  for (const char* name : {"/a", "/age"})
    file.dataset<double>(name, std::vector<double>{1}, {"answer", "", ""});
  file.close();
  CHECK(other_columns(folder / "x.h5", {"a"}) == std::vector<std::string>{"age"});
}

TEST_CASE("columns: a cell too many that is no name of a row is refused", "[io]") {
  const test::TemporaryDirectory folder;
  for (const char* text : {"a\n1,5\n2,25\n",           // decimal commas in one column
                           "a,b\n1,2,\n3,4,\n",        // a comma at the end of the line
                           "a,b\n1,5,2\n1,25,3\n"}) {  // decimal commas in the first of two
    write_atomically(folder / "x.csv", std::string_view(text));
    CAPTURE(text);
    CHECK_THAT(refusal(folder / "x.csv", {"a"}), Catch::Contains("x.csv:2: expected "));
  }
}

TEST_CASE("columns: what is wrong is told with its place", "[io]") {
  const test::TemporaryDirectory folder;
  write_atomically(folder / "x.csv", std::string_view("a,b\n"));
  CHECK_THAT(refusal(folder / "x.csv", {"a"}), Catch::Contains("expected rows under the line of names"));
  write_atomically(folder / "x.txt", std::string_view("a\n1\n"));
  CHECK_THAT(refusal(folder / "x.txt", {"a"}), Catch::Contains("got .txt"));
  Hdf5Writer file(folder / "x.h5");
  file.dataset<double>("/a", std::vector<double>{1, NAN, 3}, {3}, {"", "", ""});
  file.close();
  CHECK_THAT(refusal(folder / "x.h5", {"a"}),
             Catch::Contains("/a: element 1: expected a finite number, got nan"));
}

}  // namespace tsd
