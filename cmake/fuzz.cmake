# One executable for each tests/fuzz/NAME_fuzz.cc; longmen.sh fuzz runs them with their corpora.
file(GLOB targets CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cc)
foreach(source ${targets})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE longmen_config)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endforeach()
