#include "supervisor/state_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "net/state_file.h"

namespace longmen {
namespace {

// A pipe in place of the temporary file holds a write up for as long as nobody reads it.
TEST(StateWriter, DoesNotWaitForTheDiskAndTheLatestTextWins) {
  const std::string path = testing::TempDir() + "state-writer-" + std::to_string(::getpid());
  const std::string slow = path + ".new";
  ASSERT_EQ(::mkfifo(slow.c_str(), 0600), 0);
  boost::asio::io_context io;
  auto writer = std::make_unique<StateWriter>(io, path);
  std::string told;
  writer->write("one", [&] { told += '1'; });
  for (int i = 0; i < 100; ++i)
    writer->write("in between");
  writer->write("last", [&] { told += '2'; });
  io.poll();
  EXPECT_EQ(told, "");
  {
    std::ifstream reader(slow);  // the first write goes through; a pipe cannot be synced
    std::string text;
    std::getline(reader, text);
    EXPECT_EQ(text, "one");
  }
  ::unlink(slow.c_str());
  while (told.size() < 2) {
    io.restart();
    io.run_one();
  }
  EXPECT_EQ(told, "12");
  EXPECT_EQ(read_state_file(path), "last");
  writer.reset();
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace longmen
