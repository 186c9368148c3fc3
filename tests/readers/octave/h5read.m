% Stands in for MATLAB's function: axes in reverse order, text as a cell, as there. A file is read as a whole the first time.
function value = h5read(file, path)
persistent known = '';
persistent all;
if ~strcmp(known, file)
  kept = [tempname() '.mat'];
  [status, text] = system(sprintf('%s "%s" read "%s" "%s"', getenv('TSD_PYTHON'), getenv('TSD_STAND_IN'), file, kept));
  if status != 0
    error('h5read: %s', text);
  end
  all = load(kept);
  delete(kept);
  known = file;
end
value = all.values{strcmp(all.paths, path)};
end
