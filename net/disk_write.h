// What writing to a disk takes beside the system's calls: all of the bytes, and a folder's entries
// on the disk, too. Blocking; any thread.
#pragma once

#include <string>
#include <string_view>

namespace longmen {

// False when the file refuses, with errno.
bool write_fully(int file, std::string_view bytes);
// So that what was given a name in it has it after a power cut. What cannot be synced stays so.
void sync_folder(const std::string& folder);

}  // namespace longmen
