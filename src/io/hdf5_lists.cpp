#include "tsd/io/hdf5_lists.hpp"

#include "io/hdf5_library.hpp"
#include "io/rehearsal.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {
using namespace hdf5;

namespace {

using Lists = std::vector<std::vector<std::int64_t>>;

// Of equal length.
Lists rows_of(const H5::DataSet& set, const Shape& shape, std::size_t bytes) {
  std::vector<std::int64_t> all(bytes / sizeof(std::int64_t));
  if (!all.empty()) set.read(all.data(), H5::PredType::NATIVE_INT64);
  Lists lists;
  for (std::int64_t k = 0; k < shape[0]; ++k)
    lists.emplace_back(all.begin() + k * shape[1], all.begin() + (k + 1) * shape[1]);
  return lists;
}

Lists lists_of(const H5::DataSet& set, std::size_t bytes) {
  std::vector<hvl_t> raw(bytes / sizeof(hvl_t));
  const H5::PredType number = H5::PredType::NATIVE_INT64;
  const H5::VarLenType type(number);
  set.read(raw.data(), type);
  Lists lists;
  for (const hvl_t& one : raw) {
    const auto* from = static_cast<const std::int64_t*>(one.p);
    lists.emplace_back(from, from + one.len);
  }
  H5::DataSet::vlenReclaim(raw.data(), type, set.getSpace());
  return lists;
}

Lists read_lists(const std::filesystem::path& path, const std::string& dataset, const std::string& where) {
  const H5::H5File file(path.string(), H5F_ACC_RDONLY);
  const H5::DataSet set = file.openDataSet(dataset);
  const Shape shape = shape_of(set);
  Lists lists;
  const auto bytes = [&](std::size_t element) { return checked_bytes(file, set, element, where); };
  if (set.getTypeClass() == H5T_VLEN && shape.size() == 1 &&
      set.getVarLenType().getSuper().getClass() == H5T_INTEGER)
    read_filtered(set, where, [&] { lists = lists_of(set, bytes(sizeof(hvl_t))); });
  else if (set.getTypeClass() == H5T_INTEGER && shape.size() == 2 && shape[1] > 0)
    read_filtered(set, where, [&] { lists = rows_of(set, shape, bytes(sizeof(std::int64_t))); });
  else
    throw DataError(where + ": expected lists of whole numbers, got something else");
  return lists;
}

}  // namespace

Lists integer_lists(const std::filesystem::path& path, const std::string& dataset) {
  const Hdf5Reader checked(path);  // that it is there, whole, and HDF5
  const std::string where = path.string() + ": " + dataset;
  if (!checked.exists(dataset)) throw DataError(where + ": dataset is missing");
  const Guard lock(library_mutex());
  silence_library();
  rehearse([&] { (void)read_lists(path, dataset, where); }, path, where);
  forget_reason();
  try {
    return read_lists(path, dataset, where);
  } catch (const H5::Exception& error) {
    throw DataError(where + ": cannot read (" + detail(error) + ")");
  }
}

}  // namespace tsd
