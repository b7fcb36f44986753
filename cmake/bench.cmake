# Benchmarks that are programs of their own: bench/NAME_bench.cc. Those of whole nodes are scripts in
# bench/; bench/run.sh runs all.
find_package(benchmark REQUIRED)
file(GLOB benches CONFIGURE_DEPENDS bench/*_bench.cc)
foreach(source ${benches})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE longmen_relay benchmark::benchmark)
endforeach()
target_link_libraries(bare_loop_bench PRIVATE longmen_load)
target_link_libraries(sound_bench PRIVATE longmen_streamer)
target_link_libraries(library_bench PRIVATE longmen_control)
target_sources(viewer_memory_bench PRIVATE tests/support/dtls_client.cc)
