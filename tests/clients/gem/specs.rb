# Writes a list of releases as registries do: reads name, version and platform from standard input as JSON.
require "json"
require "rubygems"

entries = JSON.parse($stdin.read).map { |name, version, platform| [name, Gem::Version.new(version), platform] }
$stdout.binmode
$stdout.write(Gem::Util.gzip(Marshal.dump(entries)))
