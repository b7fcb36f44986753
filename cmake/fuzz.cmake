# One executable for each tests/fuzz/NAME_fuzz.cc; longmen.sh fuzz runs them with their corpora. They
# have core/ and config/, and of net/ and control/ what has neither sockets nor a database.
file(GLOB targets CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cc)
foreach(source ${targets})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE longmen_config)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endforeach()
target_sources(http_request_fuzz PRIVATE net/http_request_reader.cc)
find_package(EXPAT REQUIRED)
target_sources(guide_files_fuzz PRIVATE control/xmltv_reader.cc)
target_link_libraries(guide_files_fuzz PRIVATE EXPAT::EXPAT)
