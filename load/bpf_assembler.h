// Puts an eBPF program together, instruction by instruction, with labels for jumps forward and
// back: what <linux/bpf.h> has no names for. It checks nothing; the kernel's verifier does.
// Source: Documentation/bpf/standardization/instruction-set.rst of the kernel.
#pragma once

#include <linux/bpf.h>

#include <vector>

namespace longmen {

class BpfAssembler {
 public:
  enum Register : uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, fp };
  enum Width : uint8_t { k8 = BPF_B, k16 = BPF_H, k32 = BPF_W, k64 = BPF_DW };
  // The operation's bits of BPF_JMP.
  enum Condition : uint8_t {
    kEqual = BPF_JEQ,
    kNotEqual = BPF_JNE,
    kBelow = BPF_JLT,
    kAtLeast = BPF_JGE,
    kSignedAtMost = BPF_JSLE,
  };
  struct Label {
    size_t number = 0;
  };

  void move(Register to, Register from) { emit(BPF_ALU64 | BPF_MOV | BPF_X, to, from); }
  void move(Register to, int32_t value) { emit(BPF_ALU64 | BPF_MOV | BPF_K, to, r0, 0, value); }
  void add(Register to, Register from) { emit(BPF_ALU64 | BPF_ADD | BPF_X, to, from); }
  void add(Register to, int32_t value) { emit(BPF_ALU64 | BPF_ADD | BPF_K, to, r0, 0, value); }
  void subtract(Register to, Register from) { emit(BPF_ALU64 | BPF_SUB | BPF_X, to, from); }
  void multiply(Register to, Register from) { emit(BPF_ALU64 | BPF_MUL | BPF_X, to, from); }
  void bit_and(Register to, int32_t value) { emit(BPF_ALU64 | BPF_AND | BPF_K, to, r0, 0, value); }
  void bit_or(Register to, Register from) { emit(BPF_ALU64 | BPF_OR | BPF_X, to, from); }
  void shift_left(Register to, int32_t bits) { emit(BPF_ALU64 | BPF_LSH | BPF_K, to, r0, 0, bits); }
  void shift_right(Register to, int32_t bits) {
    emit(BPF_ALU64 | BPF_RSH | BPF_K, to, r0, 0, bits);
  }
  // From network order; the upper bits become zero.
  void from_big_endian(Register to, int32_t bits) {
    emit(BPF_ALU | BPF_END | BPF_TO_BE, to, r0, 0, bits);
  }
  void sign_extend(Register to, int32_t from_bits) {
    shift_left(to, 64 - from_bits);
    emit(BPF_ALU64 | BPF_ARSH | BPF_K, to, r0, 0, 64 - from_bits);
  }
  void load(Width width, Register to, Register base, int offset) {
    emit(BPF_LDX | BPF_MEM | width, to, base, offset);
  }
  void store(Width width, Register base, int offset, Register from) {
    emit(BPF_STX | BPF_MEM | width, base, from, offset);
  }
  void atomic_add(Register base, int offset, Register value) {
    emit(BPF_STX | BPF_ATOMIC | BPF_DW, base, value, offset, BPF_ADD);
  }
  void load_map(Register to, int map_fd) {
    emit(BPF_LD | BPF_DW | BPF_IMM, to, static_cast<Register>(BPF_PSEUDO_MAP_FD), 0, map_fd);
    emit(0, r0, r0);
  }
  void call(bpf_func_id helper) { emit(BPF_JMP | BPF_CALL, r0, r0, 0, helper); }
  void exit() { emit(BPF_JMP | BPF_EXIT, r0, r0); }

  Label label() {
    places_.push_back(0);
    return {places_.size() - 1};
  }
  void place(Label label) { places_[label.number] = program_.size(); }
  void jump(Label to) { branch(BPF_JMP | BPF_JA, r0, r0, 0, to); }
  void jump_if(Register a, Condition condition, Register b, Label to) {
    branch(BPF_JMP | condition | BPF_X, a, b, 0, to);
  }
  void jump_if(Register a, Condition condition, int32_t value, Label to) {
    branch(BPF_JMP | condition | BPF_K, a, r0, value, to);
  }

  // With the jumps filled in. All labels that are jumped to have been placed.
  std::vector<bpf_insn> take() {
    for (const auto& [at, label] : jumps_)
      program_[at].off =
          static_cast<int16_t>(static_cast<int64_t>(places_[label]) - static_cast<int64_t>(at) - 1);
    return std::move(program_);
  }

 private:
  void emit(int code, Register to, Register from, int offset = 0, int32_t value = 0) {
    bpf_insn instruction{};
    instruction.code = static_cast<uint8_t>(code);
    instruction.dst_reg = to & 0xF;
    instruction.src_reg = from & 0xF;
    instruction.off = static_cast<int16_t>(offset);
    instruction.imm = value;
    program_.push_back(instruction);
  }
  void branch(int code, Register a, Register b, int32_t value, Label to) {
    jumps_.emplace_back(program_.size(), to.number);
    emit(code, a, b, 0, value);
  }

  std::vector<bpf_insn> program_;
  std::vector<size_t> places_;
  std::vector<std::pair<size_t, size_t>> jumps_;  // instruction, label
};

}  // namespace longmen
