#include <H5Cpp.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "io/hdf5_library.hpp"
#include "io/rehearsal.hpp"
#include "io/seal.hpp"
#include "tsd/error.hpp"
#include "tsd/io/file_kind.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {
namespace fs = std::filesystem;
using namespace hdf5;

namespace {

DType nearest_dtype(const H5::DataSet& dataset, const std::string& where) {
  const std::size_t size = dataset.getDataType().getSize();
  if (dataset.getTypeClass() == H5T_FLOAT) return size <= 4 ? DType::f32 : DType::f64;
  if (dataset.getTypeClass() == H5T_ENUM && size == 1) return DType::u8;  // h5py's bool
  if (dataset.getTypeClass() != H5T_INTEGER) throw DataError(where + ": expected numbers, got another type");
  const bool is_signed = dataset.getIntType().getSign() != H5T_SGN_NONE;
  if (size == 1 && !is_signed) return DType::u8;
  if (size < 4 || (size == 4 && is_signed)) return DType::i32;
  return size == 8 && !is_signed ? DType::u64 : DType::i64;
}

}  // namespace

struct Hdf5Reader::Impl {
  explicit Impl(fs::path p) : path(std::move(p)) {
    require_file();
    try {
      begin();
    } catch (const UserError&) {
      require_file();  // it may have gone meanwhile
      throw;
    }
  }
  void require_file() const {
    if (!fs::exists(path)) throw MissingInput(path.string() + ": no such file");
  }
  void begin() {
    is_ours = check_seal(path);
    guard(
        [&] {
          if (!H5::H5File::isHdf5(path.string()))  // also fails where the file cannot be opened
            throw DataError(path.string() + ": not an HDF5 file" + told_kind(path));
          file.openFile(path.string(), H5F_ACC_RDONLY);
        },
        "/");
  }
  template <class F>
  std::invoke_result_t<F> guard(F&& action, const std::string& object) const {
    const Guard lock(library_mutex());
    silence_library();
    if (!is_ours) rehearse([&] { action(); }, path, object == "/" ? path.string() : where(object));
    forget_reason();
    try {
      return action();
    } catch (const H5::Exception& error) {
      throw DataError((object == "/" ? path.string() : where(object)) + ": cannot read (" + detail(error) +
                      ")");
    }
  }
  std::string where(const std::string& object) const { return path.string() + ": " + object; }
  H5::DataSet open(const std::string& object) const {
    if (!file.nameExists(object)) throw DataError(where(object) + ": dataset is missing");
    return file.openDataSet(object);
  }
  template <class F>
  auto with_attribute(const std::string& object, const std::string& name, F&& use) const {
    return guard(
        [&] {
          const bool is_dataset = file.childObjType(object) == H5O_TYPE_DATASET;
          const H5::Attribute attribute = is_dataset ? file.openDataSet(object).openAttribute(name)
                                                     : file.openGroup(object).openAttribute(name);
          if (attribute.getSpace().getSimpleExtentNpoints() != 1)
            throw DataError(where(object) + "@" + name + ": expected a single value");
          return use(attribute);
        },
        object + "@" + name);
  }

  fs::path path;
  H5::H5File file;
  // And whole, as its seal says, so that the library can read it: not every damaged file lets the library live.
  bool is_ours = false;
};

Hdf5Reader::Hdf5Reader(fs::path path) {
  const Guard lock(library_mutex());
  require_room(0, path.string() + ": ");
  impl_ = std::make_unique<Impl>(std::move(path));
}
Hdf5Reader::~Hdf5Reader() {
  const Guard lock(library_mutex());
  impl_.reset();
}

bool Hdf5Reader::exists(const std::string& object) const {
  return impl_->guard(
      [&] {
        for (auto slash = object.find('/', 1); slash != std::string::npos;
             slash = object.find('/', slash + 1))
          if (!impl_->file.nameExists(object.substr(0, slash))) return false;
        return object == "/" || impl_->file.nameExists(object);
      },
      object);
}

std::vector<std::string> Hdf5Reader::list(const std::string& group) const {
  return impl_->guard(
      [&] {
        H5::Group g = impl_->file.openGroup(group);
        std::vector<std::string> names;
        for (hsize_t i = 0; i < g.getNumObjs(); ++i) names.push_back(g.getObjnameByIdx(i));
        std::sort(names.begin(), names.end());
        return names;
      },
      group);
}

Array Hdf5Reader::dataset(const std::string& path) const {
  return impl_->guard(
      [&] {
        const H5::DataSet set = impl_->open(path);
        const DType type = nearest_dtype(set, impl_->where(path));
        Array array{path, type, shape_of(set), {}};
        array.bytes.resize(checked_bytes(impl_->file, set, size_of(type), impl_->where(path)));
        // h5py's bool is an enumeration of bytes, taken as they are.
        if (!array.bytes.empty())
          read_filtered(set, impl_->where(path), [&] {
            set.read(array.bytes.data(),
                     set.getTypeClass() == H5T_ENUM ? set.getDataType() : H5::DataType(stored_type(type)));
          });
        return array;
      },
      path);
}

Array Hdf5Reader::dataset(const std::string& path, DType type, const Shape& shape) const {
  const Shape got = impl_->guard([&] { return shape_of(impl_->open(path)); }, path);
  const bool fits = got.size() == shape.size() &&
                    std::equal(got.begin(), got.end(), shape.begin(),
                               [](auto extent, auto wanted) { return wanted < 0 || extent == wanted; });
  if (!fits)
    throw DataError(impl_->where(path) + ": expected shape " + to_string(shape) + ", got " + to_string(got));
  Array array = dataset(path);
  if (array.dtype != type)
    throw DataError(impl_->where(path) + ": expected " + std::string(name_of(type)) + ", got " +
                    std::string(name_of(array.dtype)));
  const auto require_finite = [&](auto values) {
    const auto bad = std::find_if(values.begin(), values.end(), [](auto v) { return !std::isfinite(v); });
    if (bad != values.end())
      throw DataError(impl_->where(path) + ": element " + std::to_string(bad - values.begin()) +
                      ": expected a finite number, got " + std::to_string(*bad));
  };
  if (type == DType::f32) require_finite(std::as_const(array).as<float>());
  if (type == DType::f64) require_finite(std::as_const(array).as<double>());
  return array;
}

std::vector<std::string> Hdf5Reader::strings(const std::string& path) const {
  return impl_->guard(
      [&] {
        const H5::DataSet set = impl_->open(path);
        if (set.getTypeClass() != H5T_STRING)
          throw DataError(impl_->where(path) + ": expected strings, got another type");
        const H5::StrType type = set.getStrType();
        const std::size_t width = type.getSize();
        const std::size_t size = checked_bytes(impl_->file, set, width, impl_->where(path)) / width;
        std::vector<std::string> values(size);
        if (size == 0) return values;
        if (type.isVariableStr()) {
          std::vector<char*> raw(size);
          set.read(raw.data(), type);
          for (std::size_t i = 0; i < size; ++i) values[i] = raw[i] ? raw[i] : "";
          H5::DataSet::vlenReclaim(raw.data(), type, set.getSpace());
        } else {
          std::string packed(size * width, '\0');
          set.read(packed.data(), type);
          for (std::size_t i = 0; i < size; ++i) {
            values[i] = packed.substr(i * width, width);
            values[i].erase(std::find(values[i].begin(), values[i].end(), '\0'), values[i].end());
          }
        }
        return values;
      },
      path);
}

std::string Hdf5Reader::text(const std::string& path) const {
  const auto values = strings(path);
  if (values.size() != 1)
    throw DataError(impl_->where(path) + ": expected one string, got " + std::to_string(values.size()));
  return values[0];
}

std::string Hdf5Reader::text_attribute(const std::string& object, const std::string& name) const {
  return impl_->with_attribute(object, name, [&](const H5::Attribute& a) {
    if (a.getTypeClass() != H5T_STRING)
      throw DataError(impl_->where(object) + "@" + name + ": expected text");
    std::string text;
    a.read(a.getStrType(), text);
    return text;
  });
}

double Hdf5Reader::number_attribute(const std::string& object, const std::string& name) const {
  return impl_->with_attribute(object, name, [&](const H5::Attribute& a) {
    if (a.getTypeClass() != H5T_FLOAT && a.getTypeClass() != H5T_INTEGER)
      throw DataError(impl_->where(object) + "@" + name + ": expected a number");
    double value = 0;
    a.read(H5::PredType::NATIVE_DOUBLE, &value);
    return value;
  });
}

bool Hdf5Reader::has_attribute(const std::string& object, const std::string& name) const {
  return impl_->guard(
      [&] {
        if (impl_->file.childObjType(object) == H5O_TYPE_DATASET)
          return impl_->file.openDataSet(object).attrExists(name);
        return impl_->file.openGroup(object).attrExists(name);
      },
      object + "@" + name);
}

}  // namespace tsd
