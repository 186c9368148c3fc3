// Lines of cells as spreadsheets, pandas and R write them.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tsd {

struct Csv {
  using Cells = std::vector<std::string>;
  struct Row {
    int line;  // from 1
    Cells cells;
  };

  char separator = ',';  // or semicolon, tab, space: what the first row has
  std::vector<Row> rows;

  // Have the rows under a line of names a cell more, before the others, as R writes them: never twice the same, so
  // not the first half of a number with a decimal comma, nor what a comma at the end of a line makes.
  bool has_row_names() const;

  // Finite or not; with a plus or without digits before the point, too. A decimal comma can be read where commas do
  // not separate.
  template <class T>
  std::optional<T> number(std::string cell) const;

  static std::string shown(const std::string& cell);  // for an error
};

// By its extension: .csv, .tsv, or .txt, as R's write.table leaves it.
bool is_csv(const std::filesystem::path& path);

// Blank lines and comments (#) are passed over; quotes, a byte-order mark and any line ends are taken off. DataError
// where it is no UTF-8.
Csv read_csv(const std::filesystem::path& path);

}  // namespace tsd
