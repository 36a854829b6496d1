# Builds gems: reads descriptions from standard input as JSON, writes the files of a registry into the folder given.
require "json"
require "rubygems/package"
require "tmpdir"
require "fileutils"
require "digest"

# The same gem gives the same bytes.
ENV["SOURCE_DATE_EPOCH"] = "1577836800"

root = ARGV.fetch(0)
quick = File.join(root, "quick", "Marshal.4.8")
FileUtils.mkdir_p([File.join(root, "gems"), quick])
Gem::DefaultUserInteraction.ui = Gem::SilentUI.new

facts = JSON.parse($stdin.read).map do |wanted|
  spec = Gem::Specification.new do |s|
    s.name = wanted["name"]
    s.version = wanted["version"]
    s.platform = wanted["platform"] || "ruby"
    s.summary = wanted["summary"] || "A #{wanted["name"]}"
    s.description = "More about a #{wanted["name"]}"
    s.authors = ["grower"]
    s.homepage = "https://farm.example/#{wanted["name"]}"
    s.license = "MIT"
    s.metadata = wanted["metadata"] || {}
    s.required_ruby_version = wanted["ruby"] if wanted["ruby"]
    s.files = ["lib/#{wanted["name"].tr("-", "_")}.rb"]
    (wanted["dependencies"] || []).each { |name, *ranges| s.add_runtime_dependency(name, *ranges) }
  end
  file = File.join(root, "gems", spec.file_name)
  Dir.mktmpdir do |folder|
    Dir.chdir(folder) do
      FileUtils.mkdir("lib")
      File.write(spec.files.first, "GROWN_#{spec.name.tr("-", "_").upcase} = #{spec.version.to_s.dump}\n")
      FileUtils.mv(Gem::Package.build(spec, true), file)
    end
  end
  File.binwrite(File.join(quick, "#{spec.full_name}.gemspec.rz"), Gem.deflate(Marshal.dump(spec)))
  {
    full: spec.full_name,
    sha256: Digest::SHA256.file(file).hexdigest,
    dependencies: spec.runtime_dependencies.map { |d| [d.name, d.requirement.as_list.sort.join("&")] },
    ruby: spec.required_ruby_version.as_list.sort.join("&"),
    rubygems: spec.required_rubygems_version.as_list.sort.join("&"),
  }
end

puts JSON.generate(facts)
