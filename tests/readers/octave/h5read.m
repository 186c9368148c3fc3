% Stands in for MATLAB's function: axes in reverse order, text as a cell, as there.
function value = h5read(file, path)
kept = [tempname() '.mat'];
[status, text] = system(sprintf('%s "%s" read "%s" "%s" "%s"', getenv('TSD_PYTHON'), getenv('TSD_STAND_IN'), file, path, kept));
if status != 0
  error('h5read: %s', text);
end
value = load(kept).value;
delete(kept);
end
