function data = read_tsd(file, group)
% READ_TSD  Every dataset of a tsd results file as a nested struct.
%
%   data = READ_TSD('results/stsf/results.h5')            the whole file
%   data = READ_TSD('results/stsf/results.h5', '/train')  one group
%
%   data.train.train_loss.value         numbers, or a cell array of text
%   data.train.train_loss.dims          {'epoch'}: the axes of value, in order
%   data.train.train_loss.units, .description
%   data.attributes.seed                attributes of the file or group
%
% HDF5 stores the last axis fastest and MATLAB the first, so h5read returns the axes reversed; here they are turned back:
% size(value, 1) belongs to dims{1}. Indices in the file count from 0.
if nargin < 2
  group = '/';
end
data = read_group(file, h5info(file, group));
end

function data = read_group(file, info)
data = struct('attributes', attributes_of(info));
for k = 1:numel(info.Datasets)
  if is_axis(info.Datasets(k))
    continue
  end
  name = info.Datasets(k).Name;
  data.(field_name(name)) = read_dataset(file, [strip(info.Name) '/' name], info.Datasets(k));
end
for k = 1:numel(info.Groups)
  parts = strsplit(info.Groups(k).Name, '/');
  data.(field_name(parts{end})) = read_group(file, info.Groups(k));
end
end

function item = read_dataset(file, path, info)
item = attributes_of(info);
item.dims = strsplit(item.dims, ',');
item.value = h5read(file, path);
if ischar(item.value) || iscell(item.value)
  item.value = cellstr(item.value);
elseif numel(info.Dataspace.Size) > 1
  item.value = permute(item.value, numel(info.Dataspace.Size):-1:1);
end
end

% There for the name and length of an axis, which `dims` of each dataset tells.
function answer = is_axis(info)
answer = false;
for k = 1:numel(info.Attributes)
  value = info.Attributes(k).Value;
  if iscell(value)
    value = value{1};
  end
  answer = answer || (strcmp(info.Attributes(k).Name, 'NAME') && strncmp(value, 'This is a netCDF dimension', 26));
end
end

function found = attributes_of(info)
found = struct();
for k = 1:numel(info.Attributes)
  if any(strcmp(info.Attributes(k).Name, {'CLASS', 'NAME', 'DIMENSION_LIST'}))  % of HDF5's axes
    continue
  end
  value = info.Attributes(k).Value;
  if iscell(value)  % variable-length text
    value = value{1};
  end
  found.(field_name(info.Attributes(k).Name)) = value;
end
end

% Parameters are called 'cognitive.rnn.weight_ih_l0'; a field of a struct cannot be.
function name = field_name(name)
name = matlab.lang.makeValidName(strrep(name, '.', '_'));
end

function name = strip(name)
if strcmp(name, '/')
  name = '';
end
end
