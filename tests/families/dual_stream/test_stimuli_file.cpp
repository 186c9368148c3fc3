// Items in files as spreadsheets, pandas and R write them: read right, or refused with the reason.
#include <limits>

#include "families/dual_stream/data/stimuli.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::dual_stream::test {
namespace {

using namespace tsd::test;

Stimuli read_csv(const std::string& text) {
  const TemporaryDirectory folder;
  spit(folder / "items.csv", text);
  return read_stimuli(folder / "items.csv");
}

std::string problem(const std::string& text) {
  try {
    read_csv(text);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

template <class T>
std::string problem_of_classes(const std::vector<T>& classes) {
  const TemporaryDirectory folder;
  const std::vector<float> x = {0, 1, 2, 3, 4, 5, 6, 7};
  Hdf5Writer file(folder / "items.h5");
  file.dataset<float>("/x", x, {4, 2}, {"", "", ""});
  file.dataset<T>("/class", classes, {4}, {"", "", ""});
  file.close();
  try {
    read_stimuli(folder / "items.h5");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

const std::vector<float> kPlaces = {0.5f, 1, -2, 0.25f, 1, 1};
const std::vector<std::int32_t> kClasses = {0, 1, 1};

}  // namespace

TEST_CASE("dual stream stimuli: CSV as programs write it", "[dual_stream]") {
  const std::vector<std::pair<const char*, std::string>> files = {
      {"plain", "0.5,1,0\n-2,0.25,1\n1,1,1\n"},
      {"R's write.table", "\"a\" \"b c\" \"class\"\n\"1\" 0.5 1 0\n\"2\" -2 0.25 1\n\"3\" 1 1 1\n"},
      {"lines of old Macs", "a,b,class\r0.5,1,0\r-2,0.25,1\r1,1,1\r"},
      {"aligned by spaces", "a    b    class\n 0.5 1 0\n  -2  0.25 1 \n1  1  1\n"},
      {"quotes around all",
       "\"a\",\"b, c\",\"class\"\n\"0.5\",\"1\",\"0\"\n\"-2\",\"0.25\",\"1\"\n\"1\",\"1\",\"1\"\n"},
      {"names", "a,b,class\n0.5,1,0\n-2,0.25,1\n1,1,1\n"},
      {"names after a comment and a blank line", "# of 2024\n\na,b,class\n0.5,1,0\n-2,0.25,1\n1,1,1\n"},
      {"byte-order mark",
       "\xEF\xBB\xBF"
       "a,b,class\r\n0.5,1,0\r\n-2,0.25,1\r\n1,1,1\r\n"},
      {"byte-order mark without names",
       "\xEF\xBB\xBF"
       "0.5,1,0\n-2,0.25,1\n1,1,1\n"},
      {"pandas: index", ",a,b,class\n0,0.5,1.0,0\n1,-2.0,0.25,1\n2,1.0,1.0,1\n"},
      {"pandas: index and numbers of columns", ",0,1,2\n0,0.5,1.0,0.0\n1,-2.0,0.25,1.0\n2,1.0,1.0,1.0\n"},
      {"pandas: index read and written again", "Unnamed: 0,a,b,class\n0,0.5,1,0\n1,-2,0.25,1\n2,1,1,1\n"},
      {"R: write.csv", "\"\",\"a\",\"b\",\"class\"\n\"1\",0.5,1,0\n\"2\",-2,0.25,1\n\"3\",1,1,1\n"},
      {"R: write.table", "\"a\"\t\"b\"\t\"class\"\n\"1\"\t0.5\t1\t0\n\"2\"\t-2\t0.25\t1\n\"3\"\t1\t1\t1\n"},
      {"semicolons and decimal commas", "a;b;class\n0,5;1;0\n-2;0,25;1\n1;1;1\n"},
      {"numbers with a plus", "+.5,+1,0\n-2,.25,1\n1.,1,1\n"},
      {"tabs", "0.5\t1\t0\n-2\t0.25\t1\n1\t1\t1\n"},
  };
  for (const auto& [name, text] : files) {
    CAPTURE(name);
    const Stimuli read = read_csv(text);
    CHECK((read.D == 2 && read.K == 2 && read.items() == 3));
    CHECK(read.x == kPlaces);
    CHECK(read.problems[0].label == kClasses);
  }
}

TEST_CASE("dual stream stimuli: R's write.table leaves a .txt", "[dual_stream]") {
  const TemporaryDirectory folder;
  spit(folder / "items.txt", "\"a\" \"b\" \"class\"\n\"1\" 0.5 1 0\n\"2\" -2 0.25 1\n\"3\" 1 1 1\n");
  CHECK(read_stimuli(folder / "items.txt").x == kPlaces);
  CHECK_THROWS_WITH(read_stimuli(folder / "items.xlsx"), Catch::Contains(".csv, .tsv, .txt, .h5 or .hdf5"));
}

TEST_CASE("dual stream stimuli: what may be a header or an index is not taken for items", "[dual_stream]") {
  CHECK_THAT(
      problem("0,1,2\n0.5,1,0\n-2,0.25,1\n1,1,1\n"),
      Catch::Contains("items.csv:1: expected an item or names of columns, got 0 to 2, which is what a header "
                      "of column numbers looks like"));
  CHECK_THAT(problem("0,0.5,1,0\n1,-2,0.25,1\n2,1,1,1\n"),
             Catch::Contains("column 1: expected a feature, got 0, 1, .., which count the lines"));
  CHECK_THAT(problem("id,a,b,class\n1,0.5,1,0\n2,-2,0.25,1\n3,1,1,1\n"), Catch::Contains("count the lines"));
  CHECK_THAT(problem("id,a,class\n100,0.5,0\n101,-2,1\n102,1,1\n"),
             Catch::Contains("got 100, 101, .., which"));
  CHECK(read_csv("100,0.5,0\n101,-2,1\n102,1,1\n").D == 2);         // without a name: maybe a year
  CHECK(read_csv("day,a,class\n0,0.5,0\n1,-2,1\n2,1,1\n").D == 2);  // a feature, by its name
  CHECK(read_csv("0,0\n1,1\n2,1\n").D == 1);                        // places on a line
}

TEST_CASE("dual stream stimuli: commas between quotes are no columns", "[dual_stream]") {
  CHECK_THAT(problem("a,b,class\n\"0,21\",\"0,75\",0\n\"0,35\",\"0,64\",1\n"),
             Catch::Contains("items.csv:2: expected a finite number in column 1, got 0,21"));
  CHECK_THAT(problem("a,b,class\n0,21,0,75,0\n0,35,0,64,1\n"),
             Catch::Contains("items.csv:2: expected 3 values, as many as names, got 5"));
  CHECK_THAT(problem("a,class\n0,21,0\n0,35,1\n"),  // no names of rows: they would be the same
             Catch::Contains("items.csv:2: expected 2 values, as many as names, got 3"));
  CHECK_THAT(problem("a,class\n1,0,\n2,1,\n"),
             Catch::Contains("items.csv:2: expected 2 values, as many as names, got 3"));
  CHECK_THAT(problem("\" \"\n1 2 0\n"),
             Catch::Contains("items.csv:2: expected at least one feature and the class, got 1"));
  CHECK_THAT(problem("\xFF\xFE"
                     "a"),
             Catch::Contains("expected text in UTF-8, got UTF-16"));
}

TEST_CASE("dual stream stimuli: a class that is not the last column is told", "[dual_stream]") {
  CHECK_THAT(
      problem("label,a,b\n0,1,0\n1,0,1\n1,1,1\n"),
      Catch::Contains("items.csv:1: expected the class in the last column, got a column label before b"));
  CHECK_THAT(problem("\"\",\"Category\",\"a\"\n\"1\",0,1\n\"2\",1,0\n"),
             Catch::Contains("a column Category before a"));
  CHECK(problem("target,a,class\n0,1,0\n1,0,1\n") == "");  // a feature of that name
}

TEST_CASE("dual stream stimuli: columns are told by their names, and items that are equal", "[dual_stream]") {
  CHECK(summary(read_csv("Klasse;Form\n0;1\n1;0\n")) ==
        "2 items, 1 features, 2 classes; features Klasse, class Form");
  const std::string without_names = "2 items, 2 features, 2 classes";
  CHECK(summary(read_csv("0.5,1,0\n-2,0.25,1\n")) == without_names);
  const std::string with_names = without_names + "; features a, b, class kind";
  CHECK(summary(read_csv(",a,b,kind\n0,0.5,1,0\n1,-2,0.25,1\n")) == with_names);                  // pandas
  CHECK(summary(read_csv("\"a\" \"b\" \"kind\"\n\"1\" 0.5 1 0\n\"2\" -2 3 1\n")) == with_names);  // R
  CHECK(about_equal_items(read_csv("0.5,1,0\n-2,0.25,1\n0.5,2,0\n")).empty());
  CHECK(about_equal_items(read_csv("0.5,1,0\n-2,0.25,1\n0.5,1,0\n")) ==
        "items 0 and 2 are equal: such items are shown more often than others");
  CHECK(about_equal_items(read_csv("0.5,1,0\n-2,0.25,1\n0.5,1,1\n")) ==
        "items 0 and 2 have equal features and different classes");
}

TEST_CASE("dual stream stimuli: features that are not between 0 and 1 are told with their ranges",
          "[dual_stream]") {
  CHECK(about_ranges(read_csv("0,1,0\n0.5,0.25,1\n")).empty());
  CHECK_THAT(about_ranges(read_csv("height,a,weight,class\n180,0,80,0\n160,1,50,1\n175,0,77,0\n")),
             Catch::StartsWith("feature height is 160 to 180, feature weight is 50 to 80: expected 0 to 1"));
  CHECK_THAT(about_ranges(read_csv("0,-0.5,0\n0.5,-0.5,1\n")), Catch::StartsWith("feature 2 is -0.5: "));
  CHECK_THAT(about_ranges(read_csv("2,2,2,2,2,2,2,0\n3,3,3,3,3,3,3,1\n")),
             Catch::Contains("feature 5 is 2 to 3 and 2 more are so: expected"));
}

TEST_CASE("dual stream stimuli: a feature that numbers the items is told", "[dual_stream]") {
  CHECK(about_row_numbers(read_csv("a,who,class\n0.5,102,0\n0.2,100,1\n0.1,101,1\n1,103,0\n")) ==
        "feature who numbers the items, 100 to 103; leave the column out if it is an index");
  CHECK(about_row_numbers(read_csv("a,who,class\n0.5,102,0\n0.2,100,1\n0.1,101,1\n1,104,0\n")).empty());
  CHECK(about_row_numbers(read_csv("a,age,class\n0.5,31,0\n0.2,30,1\n0.1,31,1\n1,32,0\n")).empty());
  CHECK(about_row_numbers(read_csv("0,0\n1,1\n2,1\n3,0\n")).empty());  // places on a line
  CHECK(about_row_numbers(shj({1})).empty());
}

TEST_CASE("dual stream stimuli: transposed items are told as such", "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto told = [&](const Shape& shape, std::int64_t classes) {
    Hdf5Writer file(folder / "items.h5");
    file.dataset<float>("/x", std::vector<float>(static_cast<std::size_t>(count(shape))), shape,
                        {"", "", ""});
    file.dataset<std::int32_t>("/class", std::vector<std::int32_t>(static_cast<std::size_t>(classes)),
                               {"", "", ""});
    file.close();
    try {
      read_stimuli(folder / "items.h5");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(told({2, 16}, 16),
             Catch::Contains("/x: expected [item, feature] with 16 items, as /class has, got "
                             "[2, 16], which looks like feature x item; transpose it"));
  CHECK_THAT(told({2, 16}, 15), Catch::Contains("/class: expected [2], got [15]"));
}

TEST_CASE("dual stream stimuli: classes are whole numbers that are not too large", "[dual_stream]") {
  CHECK_THAT(problem("0.5,1,0\n-2,0.25,1.7\n"),
             Catch::Contains("items.csv:2: expected a class from 0 on in column 3, got 1.7"));
  CHECK_THAT(problem("0.5,1,0\n-2,0.25,4294967297\n"), Catch::Contains("got 4294967297"));
  CHECK_THAT(problem("0.5,1,0\n-2,0.25,2147483647\n"), Catch::Contains("got 2147483647"));
  CHECK_THAT(problem_of_classes<double>({0, 1, 1, 1.7}),
             Catch::Contains("items.h5: /class: expected whole numbers from 0 on, got 1.7 for item 3"));
  CHECK_THAT(problem_of_classes<std::int64_t>({0, 1, 4294967297, 1}),
             Catch::Contains("got 4294967297 for item 2"));
  CHECK_THAT(problem_of_classes<float>({0, -std::numeric_limits<float>::quiet_NaN(), 1, 1}),
             Catch::Contains("got nan for item 1"));
  CHECK_THAT(problem_of_classes<std::int32_t>({0, 1, -1, 1}), Catch::Contains("got -1 for item 2"));
  CHECK(problem_of_classes<double>({0, 1, 1, 0}).empty());
}

}  // namespace tsd::dual_stream::test
