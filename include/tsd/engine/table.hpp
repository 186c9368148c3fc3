// A table of text as people, spreadsheets and programs read it.
#pragma once
#include <string>
#include <vector>

namespace tsd {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

std::string aligned(const Table& table);
std::string csv(const Table& table);     // RFC 4180
std::string csv_cell(std::string text);  // in quotes where it has to be

}  // namespace tsd
