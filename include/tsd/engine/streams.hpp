// The standard streams, as the program finds them and as it leaves them.
#pragma once

namespace tsd {

// Opens /dev/null in place of those that are closed (cron, daemons), so that no file of ours takes their
// number.
void open_standard_streams();

// IoError where standard output has not taken all that was written. A reader who has left (`| head`) is told
// nothing: false.
bool flush_output();

}  // namespace tsd
