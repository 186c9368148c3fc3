% Stands in for MATLAB's function, which Octave lacks: what read_tsd.m uses of it, through h5py.
function info = h5info(file, group)
[status, text] = system(sprintf('%s "%s" info "%s" "%s"', getenv('TSD_PYTHON'), getenv('TSD_STAND_IN'), file, group));
if status != 0
  error('h5info: %s', text);
end
info = jsondecode(text, 'makeValidName', false);
info = listed(info);
end

% Octave makes a matrix, or a cell, of a list of equal, or unequal, objects: here they are always a struct array.
function info = listed(info)
for name = {'Groups', 'Datasets', 'Attributes'}
  if isfield(info, name{1})
    items = info.(name{1});
    if iscell(items)
      items = [items{:}];
    end
    if strcmp(name{1}, 'Attributes')
      info.Attributes = items;
    else
      all = struct([]);
      for k = 1:numel(items)
        item = listed(items(k));
        if isempty(all), all = item; else, all(k) = item; end
      end
      info.(name{1}) = all;
    end
  end
end
end
