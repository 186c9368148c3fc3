#include "io/dimension_scales.hpp"

#include <cstdio>

namespace tsd {
namespace {

// What netCDF-4 calls a scale that is there for its length alone; its readers show no such dataset.
std::string name_of(const Scale& scale) {
  char text[80];
  std::snprintf(text, sizeof text, "This is a netCDF dimension but not a netCDF variable. %10lld",
                static_cast<long long>(scale.length));
  return text;
}

void fixed_text(const H5::DataSet& target, const char* name, const std::string& text) {
  const H5::StrType type(H5::PredType::C_S1, text.size() + 1);
  H5::Attribute attribute = target.createAttribute(name, type, H5::DataSpace(H5S_SCALAR));
  attribute.write(type, text);
  attribute.close();
}

void text(const H5::H5Object& target, const char* name, const std::string& value) {
  H5::StrType type(H5::PredType::C_S1, H5T_VARIABLE);
  type.setCset(H5T_CSET_UTF8);
  H5::Attribute attribute = target.createAttribute(name, type, H5::DataSpace(H5S_SCALAR));
  attribute.write(type, value);
  attribute.close();
}

void declare(H5::DataSet& scale, const std::string& name) {
  fixed_text(scale, "CLASS", "DIMENSION_SCALE");
  fixed_text(scale, "NAME", name);
}

// Without values, which take no place in the file.
void make(const H5::H5File& file, const Scale& scale) {
  H5::DSetCreatPropList list;
  H5Pset_obj_track_times(list.getId(), false);
  const hsize_t length = static_cast<hsize_t>(scale.length);
  H5::DataSet set = file.createDataSet(scale.path, H5::PredType::IEEE_F32BE, H5::DataSpace(1, &length), list);
  declare(set, name_of(scale));
  text(set, "dims", leaf_of(scale.path));
  set.close();
}

// The attribute that H5DSattach_scale writes. The list of references back, which that keeps in the scale, is left out:
// readers do without, and it ends at 64 kB.
void attach(const H5::H5File& file, H5::DataSet& dataset, const std::vector<std::string>& scales) {
  std::vector<hobj_ref_t> references(scales.size());
  std::vector<hvl_t> lists(scales.size());
  for (std::size_t axis = 0; axis < scales.size(); ++axis) {
    file.reference(&references[axis], scales[axis]);
    lists[axis] = {1, &references[axis]};
  }
  const H5::VarLenType type(H5::PredType::STD_REF_OBJ);
  const hsize_t rank = scales.size();
  H5::Attribute attribute = dataset.createAttribute("DIMENSION_LIST", type, H5::DataSpace(1, &rank));
  attribute.write(type, lists.data());
  attribute.close();
}

std::string joined(const std::vector<std::string>& paths, char separator) {
  std::string all;
  for (const auto& path : paths) all += (all.empty() ? "" : std::string(1, separator)) + leaf_of(path);
  return all;
}

}  // namespace

void write_scales(const H5::H5File& file, const std::vector<NamedAxes>& datasets,
                  const std::set<std::string>& taken) {
  const AxesPlan plan = plan_axes(datasets, taken);
  for (const auto& scale : plan.made) make(file, scale);
  const std::set<std::string> coordinates(plan.coordinates.begin(), plan.coordinates.end());
  for (const auto& [path, axes, shape] : datasets) {
    H5::DataSet dataset = file.openDataSet(path);
    const auto scales = plan.scales.find(path);
    const bool is_scale = coordinates.contains(path);
    text(dataset, "dims",
         is_scale                      ? leaf_of(path)
         : scales == plan.scales.end() ? ""
                                       : joined(scales->second, ','));
    if (is_scale) declare(dataset, leaf_of(path));
    if (scales != plan.scales.end()) attach(file, dataset, scales->second);
    dataset.close();
  }
  for (const auto& [group, names] : plan.labels) {
    H5::Group target = file.openGroup(group.empty() ? "/" : group);
    if (!target.attrExists("coordinates")) text(target, "coordinates", joined(names, ' '));
    target.close();
  }
}

}  // namespace tsd
