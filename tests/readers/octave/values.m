% Prints path, axes, size and sum of every dataset that read_tsd finds: values FILE.
function values(file)
show('', read_tsd(file));
end

function show(path, data)
if isfield(data, 'value') && isfield(data, 'dims')
  if iscell(data.value)
    text = [data.value; {''}];  % there may be none
    printf('%s|%s|text|%s\n', path, strjoin(data.dims, ','), strrep(text{1}, "\n", ' '));
  else
    printf('%s|%s|%s|%.9g\n', path, strjoin(data.dims, ','), mat2str(size(data.value)), sum(double(data.value(:))));
  end
  return
end
for name = fieldnames(data)'
  if ~strcmp(name{1}, 'attributes')
    show([path '/' name{1}], data.(name{1}));
  end
end
end
