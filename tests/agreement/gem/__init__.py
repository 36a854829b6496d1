"""RubyGems: our answers beside those of Bundler."""
