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
    refuse_near_misses(read_columns(path, needed), needed);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("columns: R's names of rows are no column", "[io]") {
  const test::TemporaryDirectory folder;
  write_atomically(folder / "r.csv", std::string_view("\"a\",\"b\"\n\"1\",0.5,2\n\"2\",1.5,3\n"));
  const Columns columns = read_columns(folder / "r.csv", {"a", "b"}).columns;
  CHECK(columns.at("a") == std::vector<double>{0.5, 1.5});
  CHECK(columns.at("b") == std::vector<double>{2, 3});
}

TEST_CASE("columns: names that nothing reads, without an index and axes", "[io]") {
  const test::TemporaryDirectory folder;
  const auto others = [&](const char* file, const std::vector<std::string>& read) {
    return other_columns(read_columns(folder / file, read), read);
  };
  write_atomically(folder / "pandas.csv", std::string_view(",a,age,b\n0,1,30,2\n"));
  CHECK(others("pandas.csv", {"a", "b", "c"}) == std::vector<std::string>{"age"});
  write_atomically(folder / "r.csv", std::string_view("\"a\";\"sex\"\n\"1\";0,5;\"f\"\n"));
  CHECK(others("r.csv", {"a"}) == std::vector<std::string>{"sex"});
  Hdf5Writer file(folder / "x.h5");
  for (const char* name : {"/a", "/age"})
    file.dataset<double>(name, std::vector<double>{1}, {"answer", "", ""});
  file.close();
  CHECK(others("x.h5", {"a"}) == std::vector<std::string>{"age"});
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
  write_atomically(folder / "x.xlsx", std::string_view("a\n1\n"));
  CHECK_THAT(refusal(folder / "x.xlsx", {"a"}), Catch::Contains("got .xlsx"));
  Hdf5Writer file(folder / "x.h5");
  file.dataset<double>("/a", std::vector<double>{1, NAN, 3}, {3}, {"", "", ""});
  file.close();
  CHECK_THAT(refusal(folder / "x.h5", {"a"}),
             Catch::Contains("/a: element 1: expected a finite number, got nan"));
}

TEST_CASE("columns: a text file of R's write.table, and numbers with a plus", "[io]") {
  const test::TemporaryDirectory folder;
  write_atomically(folder / "r.txt", std::string_view("\"a\" \"b\"\n\"1\" +.5 2\n\"2\" -.5 +1e1\n"));
  const Columns columns = read_columns(folder / "r.txt", {"a", "b"}).columns;
  CHECK(columns.at("a") == std::vector<double>{0.5, -0.5});
  CHECK(columns.at("b") == std::vector<double>{2, 10});
  write_atomically(folder / "x.txt", std::string_view("a\n+-1\n"));
  CHECK_THAT(refusal(folder / "x.txt", {"a"}), Catch::Contains("x.txt:2: a: expected a number, got +-1"));
}

TEST_CASE("columns: a name that is nearly the expected one is refused, not passed over", "[io]") {
  CHECK(near_miss("class", {"a", "Class"}) == "Class");
  CHECK(near_miss("class", {"classes"}) == "classes");
  CHECK(near_miss("target_1", {"Targets 01"}) == "Targets 01");
  CHECK(near_miss("target_1", {"target1", "target_1"}) == std::nullopt);
  CHECK(near_miss("target_1", {"target_2", "target", "target_10", "retarget_1"}) == std::nullopt);
  CHECK(near_miss("x_0", {"x"}) == std::nullopt);

  const test::TemporaryDirectory folder;
  const auto told = [&](std::string_view text, const std::vector<std::string>& needed) {
    write_atomically(folder / "x.csv", text);
    return refusal(folder / "x.csv", needed);
  };
  CHECK_THAT(told("# of 2024\nBlock,error\n1,2\n", {"block", "error"}),
             Catch::Contains("x.csv:2: expected the column block, got Block"));
  CHECK_THAT(told("in_1,in_2,in_3\n1,2,3\n", {"in_1", "in_2"}),
             Catch::Contains("x.csv:1: expected in_1 to in_2, got in_3, too"));
  CHECK_THAT(told("in_0,in_1\n1,2\n", {"in_1"}), Catch::Contains("expected in_1 alone, got in_0, too"));
  CHECK(told("block,Block,other_1\n1,x,2\n", {"block"}).empty());
  Hdf5Writer file(folder / "x.h5");
  file.dataset<double>("/Error", std::vector<double>{1}, {1}, {"", "", ""});
  file.close();
  CHECK_THAT(refusal(folder / "x.h5", {"error"}),
             Catch::Contains("x.h5: expected the column error, got Error"));
}

}  // namespace tsd
