// The table of what a learner notes after each epoch: declared once, as a list of columns, and from it come
// the checkpoint, the row of metrics.csv, the datasets of results.h5 and their documentation.
//
//   constexpr train::Column<Epoch> kEpochs[] = {
//       {"train_loss", "nat", "mean over batches", [](Epoch& e) -> double& { return e.train_loss; }},
//       {"kl_ic", "nat", "...", [](Epoch& e) -> double& { return e.train.kl_ic; }, kLfadsOnly}};
//
// Checkpoints hold all columns of all records in the order of the list, whatever `when` says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd::train {

// Where a column is shown besides the checkpoint.
enum class Shown { everywhere, results, nowhere };

template <class Record>
struct Column {
  const char* name;     // the last part of the dataset's path, and of the column of metrics.csv
  const char* units;    // of results.h5
  const char* meaning;  // likewise
  double& (*value)(Record&);
  Shown shown = Shown::everywhere;
  unsigned when = 0;  // bits that must all be set in what is asked for; each family has its own
};

template <class Record>
double value_of(const Column<Record>& column, const Record& record) {
  return column.value(const_cast<Record&>(record));  // the column only points at the number
}

template <class Record>
bool applies(const Column<Record>& column, unsigned flags) {
  return (column.when & flags) == column.when;
}

// All columns of these records, one record after the other.
template <class Record>
std::vector<double> numbers(std::span<const Column<Record>> columns, std::span<const Record> records) {
  std::vector<double> all;
  all.reserve(columns.size() * records.size());
  for (const Record& record : records)
    for (const auto& column : columns) all.push_back(value_of(column, record));
  return all;
}

// And back; `blank` gives what is no column.
template <class Record>
std::vector<Record> records(std::span<const Column<Record>> columns, std::span<const double> numbers,
                            const Record& blank = {}) {
  std::vector<Record> all(numbers.size() / columns.size(), blank);
  auto number = numbers.begin();
  for (Record& record : all)
    for (const auto& column : columns) column.value(record) = *number++;
  return all;
}

// What metrics.csv shows of a record.
template <class Record>
void add_row(std::span<const Column<Record>> columns, const Record& record, unsigned flags,
             std::vector<Metric>& row) {
  for (const auto& column : columns)
    if (column.shown == Shown::everywhere && applies(column, flags))
      row.push_back({column.name, value_of(column, record)});
}

// A dataset <group>/<name> of each column, [epoch].
template <class Record>
void write(std::span<const Column<Record>> columns, std::span<const Record> records, unsigned flags,
           const std::string& group, Hdf5Writer& results, const std::string& dims = "epoch") {
  for (const auto& column : columns) {
    if (column.shown == Shown::nowhere || !applies(column, flags)) continue;
    std::vector<double> values;
    for (const Record& record : records) values.push_back(value_of(column, record));
    results.dataset(group + "/" + column.name, values, {dims, column.units, column.meaning});
  }
}

// The rows of the documentation for those datasets.
template <class Record>
void add_outputs(std::span<const Column<Record>> columns, const std::string& group,
                 std::vector<Output>& outputs, const std::string& dims = "epoch") {
  for (const auto& column : columns)
    if (column.shown != Shown::nowhere)
      outputs.push_back({group + "/" + column.name, dims, column.units, column.meaning});
}

}  // namespace tsd::train
