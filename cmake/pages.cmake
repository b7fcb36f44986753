# The pages: built by Vite from web/, then embedded into the executable, so that it finds them
# wherever it is run. npm installs what package-lock.json pins; nothing is fetched at run time.
find_program(NPM npm REQUIRED)
find_program(NODE NAMES node nodejs REQUIRED)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS web/src/* web/public/*)
file(GLOB web_files CONFIGURE_DEPENDS web/*.html web/*.ts web/*.json web/.npmrc)
set(web_build ${CMAKE_BINARY_DIR}/web)

add_custom_command(
  OUTPUT ${CMAKE_SOURCE_DIR}/web/node_modules/.package-lock.json
  COMMAND ${NPM} ci --no-audit --no-fund --loglevel=error
  DEPENDS web/package-lock.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web
  COMMENT "Installing the pages' packages")
add_custom_command(
  OUTPUT ${web_build}/pages.S ${web_build}/pages_index.cc
  COMMAND ${NPM} run build -- --outDir ${web_build}/dist --emptyOutDir
  COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/scripts/embed_pages.mjs ${web_build}/dist ${web_build}
  DEPENDS ${web_sources} ${web_files} scripts/embed_pages.mjs
    ${CMAKE_SOURCE_DIR}/web/node_modules/.package-lock.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web
  COMMENT "Building the pages")
add_library(longmen_pages STATIC ${web_build}/pages.S ${web_build}/pages_index.cc)
