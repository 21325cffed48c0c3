// SPDX-License-Identifier: Apache-2.0
#include "question_file.hh"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace azimuth::bench {

uint32_t question_size(std::span<const uint8_t> query) noexcept {
  size_t at = header_size;
  while (at < query.size() && query[at] != 0) {
    // The first name has nothing before it to point at.
    if (query[at] > 63) return 0;
    at += size_t{1} + query[at];
    if (at - header_size > 254) return 0;
  }
  at += 5;
  return at <= query.size() ? static_cast<uint32_t>(at - header_size) : 0;
}

QuestionFile::~QuestionFile() {
  if (!octets_.empty()) munmap(const_cast<uint8_t*>(octets_.data()), octets_.size());
}

std::string QuestionFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::strerror(errno);
  struct stat status = {};
  std::string fault;
  if (fstat(fd, &status) != 0) {
    fault = std::strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    fault = "not a file";
  } else if (status.st_size < off_t{first}) {
    fault = "too short for a head";
  } else if (status.st_size > off_t{UINT32_MAX}) {
    fault = "larger than 4 GiB";
  } else {
    const auto size = static_cast<size_t>(status.st_size);
    // Read in whole, so that no page has to be fetched while the clock runs.
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (mapped == MAP_FAILED) {
      fault = std::strerror(errno);
    } else {
      octets_ = {static_cast<const uint8_t*>(mapped), size};
      fault = check();
    }
  }
  close(fd);
  return fault;
}

std::string QuestionFile::check() const {
  if (std::memcmp(octets_.data(), "AZQ1", 4) != 0) return "does not begin with AZQ1";
  uint32_t count = 0;
  for (size_t i = 0; i < 4; i += 1) count |= uint32_t{octets_[4 + i]} << (8 * i);
  if (count == 0) return "holds no question";

  size_t at = first;
  for (uint32_t i = 0; i < count; i += 1) {
    const std::string where = "record " + std::to_string(i);
    if (octets_.size() - at < record_head_size) return where + " is missing";
    const size_t size = static_cast<size_t>(octets_[at] | octets_[at + 1] << 8);
    at += record_head_size;
    if (octets_.size() - at < size) return where + " is cut";
    const auto query = octets_.subspan(at, size);
    if (size > question_size_max) return where + " is too large";
    if (size < header_size || (query[2] & 0x80) != 0 || query[4] != 0 || query[5] != 1 ||
        question_size(query) == 0) {
      return where + " is not a query with one question";
    }
    at += size;
  }
  return at == octets_.size() ? "" : "goes on behind its last record";
}

}  // namespace azimuth::bench
