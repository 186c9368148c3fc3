// The table of what a learner notes after each epoch: declared once, as a list of columns, and from it come
// the checkpoint, the row of metrics.csv, the datasets of results.h5 and their documentation.
//
//   inline constexpr train::Column<Epoch> kEpochs[] = {
//       {"train_loss", "nat", "mean over batches", train::kept<0, &Epoch::train_loss>},
//       {"kl_ic", "nat", "divergence", train::kept<1, &Epoch::train, &Loss::kl_ic>, train::Shown::results, kLfads},
//       {"ratio", "", "of both", [](const Epoch& e) { return e.train.kl_ic / e.train_loss; }}};
//
// The order of the list is that of metrics.csv. A kept number has its place in the checkpoint's row, which
// stays the same when the list changes; what is computed from others is not kept.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"
#include "tsd/error.hpp"

namespace tsd::train {

// Where a column is shown besides the checkpoint.
enum class Shown { everywhere, results, metrics, nowhere };

template <auto... members>
struct Kept {
  std::size_t place;
};
template <std::size_t place, auto... members>
inline constexpr Kept<members...> kept{place};

// How a record's number is found, and set again where it is kept.
template <class Record, class Number>
struct Value {
  template <auto... members>
  constexpr Value(Kept<members...> kept)
      : of([](const Record& r) { return static_cast<Number>((r.*....*members)); }),
        set([](Record& r, Number x) {
          auto& member = (r.*....*members);
          member = static_cast<std::remove_reference_t<decltype(member)>>(x);
        }),
        place(kept.place) {}
  template <std::invocable<const Record&> F>
  constexpr Value(F computed) : of(computed) {}

  Number (*of)(const Record&);
  void (*set)(Record&, Number) = nullptr;
  std::size_t place = 0;
};

template <class Of, class As = double>
struct Column {
  using Record = Of;
  using Number = As;

  const char* name;     // the last part of the dataset's path, and of the column of metrics.csv
  const char* units;    // of results.h5
  const char* meaning;  // likewise
  Value<Of, As> value;
  Shown shown = Shown::everywhere;
  unsigned when = 0;  // bits that must all be set in what is asked for; each family has its own

  bool applies(unsigned flags) const { return (when & flags) == when; }
  bool in_results() const { return shown == Shown::everywhere || shown == Shown::results; }
  bool in_metrics() const { return shown == Shown::everywhere || shown == Shown::metrics; }
};

inline constexpr unsigned kAll = ~0u;  // flags with which every column applies

template <class Columns>
using ColumnOf = std::ranges::range_value_t<Columns>;

// Numbers of a record in the checkpoint.
template <class Columns>
std::size_t width(const Columns& columns, unsigned flags = kAll) {
  std::size_t width = 0;
  for (const auto& column : columns)
    if (column.value.set && column.applies(flags)) width = std::max(width, column.value.place + 1);
  return width;
}

template <class Columns, class Record, class Number>
void append(const Columns& columns, const Record& record, std::vector<Number>& numbers,
            unsigned flags = kAll) {
  const std::size_t begin = numbers.size();
  numbers.resize(begin + width(columns, flags));
  for (const auto& column : columns)
    if (column.value.set && column.applies(flags))
      numbers[begin + column.value.place] = column.value.of(record);
}

// And back: takes the record's numbers from the front of `numbers`; DataError where there are fewer.
template <class Columns, class Record, class Number>
void take(const Columns& columns, Record& record, std::span<const Number>& numbers, unsigned flags = kAll) {
  const std::size_t expected = width(columns, flags);
  if (numbers.size() < expected)
    throw DataError("expected " + std::to_string(expected) + " columns, got " +
                    std::to_string(numbers.size()));
  for (const auto& column : columns)
    if (column.value.set && column.applies(flags)) column.value.set(record, numbers[column.value.place]);
  numbers = numbers.subspan(expected);
}

// All records, one after the other.
template <class Columns, class Records>
auto numbers(const Columns& columns, const Records& records) {
  std::vector<typename ColumnOf<Columns>::Number> all;
  for (const auto& record : records) append(columns, record, all);
  return all;
}

template <class Columns>
auto records(const Columns& columns, std::span<const typename ColumnOf<Columns>::Number> numbers) {
  std::vector<typename ColumnOf<Columns>::Record> all;
  while (!numbers.empty()) take(columns, all.emplace_back(), numbers);
  return all;
}

// What metrics.csv shows of a record, each name behind `prefix`.
template <class Columns, class Record>
void add_row(const Columns& columns, const Record& record, unsigned flags, std::vector<Metric>& row,
             const std::string& prefix = "") {
  for (const auto& column : columns)
    if (column.in_metrics() && column.applies(flags))
      row.push_back({prefix + column.name, static_cast<double>(column.value.of(record))});
}

// A dataset <group>/<name> of each column, a number of each record.
template <class Columns, class Records>
void write(const Columns& columns, const Records& records, unsigned flags, const std::string& group,
           Hdf5Writer& results, const std::string& dims = "epoch") {
  for (const auto& column : columns) {
    if (!column.in_results() || !column.applies(flags)) continue;
    std::vector<typename ColumnOf<Columns>::Number> values;
    for (const auto& record : records) values.push_back(column.value.of(record));
    results.dataset(group + "/" + column.name, values, {dims, column.units, column.meaning});
  }
}

// The rows of the documentation for those datasets.
template <class Columns>
void add_outputs(const Columns& columns, const std::string& group, std::vector<Output>& outputs,
                 const std::string& dims = "epoch") {
  for (const auto& column : columns)
    if (column.in_results())
      outputs.push_back({group + "/" + column.name, dims, column.units, column.meaning});
}

}  // namespace tsd::train
