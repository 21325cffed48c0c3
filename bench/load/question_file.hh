// SPDX-License-Identifier: Apache-2.0
//
// A file of questions in memory. The form is told in questions.ts, which writes it.
//
// Q1  Whatever `open` accepts is sound: every record lies inside the file, every query is a header
//     and one well-formed question, and something may follow. Who walks it checks nothing again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace azimuth::bench {

constexpr uint32_t question_size_max = 1232;
constexpr uint32_t header_size = 12;
constexpr uint8_t rcode_any = 255;

// Octets of a well-formed question behind the header, its type and class included; 0 if it is none.
uint32_t question_size(std::span<const uint8_t> query) noexcept;

struct Question {
  std::span<const uint8_t> query;
  uint8_t rcode = rcode_any;
  uint8_t answers_min = 0;
  // Place of the record behind this one; that of the first behind the last.
  uint32_t next = 0;
};

class QuestionFile {
 public:
  QuestionFile() noexcept = default;
  QuestionFile(const QuestionFile&) = delete;
  QuestionFile& operator=(const QuestionFile&) = delete;
  ~QuestionFile();

  // Maps the file and checks it whole. Empty, or why it is refused.
  std::string open(const std::string& path);

  // Place of the first record.
  static constexpr uint32_t first = 8;

  // The record at a place that is `first` or somebody's `next`.
  Question at(uint32_t place) const noexcept {
    const uint8_t* record = octets_.data() + place;
    const auto size = static_cast<uint32_t>(record[0] | record[1] << 8);
    const uint32_t next = place + record_head_size + size;
    return {{record + record_head_size, size}, record[2], record[3],
            next < octets_.size() ? next : first};
  }

 private:
  static constexpr uint32_t record_head_size = 4;
  std::string check() const;

  std::span<const uint8_t> octets_;
};

}  // namespace azimuth::bench
