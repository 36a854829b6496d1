"""Which frameworks run code for which others: facts of NuGet.Frameworks, as far as one is not the other's elder.

Every text is a short name; `parse_framework` reads it.
"""

SUPPORTS: tuple[tuple[str, str], ...] = (
    # What supports, from that version on; what it supports, up to that version.
    ("uap", "win81"),
    ("uap", "wpa81"),
    ("uap", "netcore50"),
    ("win", "winrt45"),
    ("tizen3.0", "netstandard1.6"),
    ("tizen4.0", "netstandard2.0"),
    ("tizen6.0", "netstandard2.1"),
    ("uap10.0.15064.0", "netstandard2.0"),
    ("netcoreapp1.0", "netstandard1.6"),
    ("netcoreapp1.1", "netstandard1.7"),
    ("netcoreapp2.0", "netstandard2.0"),
    ("netcoreapp3.0", "netstandard2.1"),
    ("net463", "netstandard2.0"),
)

GENERATIONS: tuple[tuple[str, str, str], ...] = (
    # From that version on: up to which dotnet and which netstandard.
    ("dnxcore", "dotnet5.6", "netstandard1.5"),
    ("uap", "dotnet5.5", "netstandard1.4"),
    ("netcore50", "dotnet5.5", "netstandard1.4"),
    ("wpa81", "dotnet5.3", "netstandard1.2"),
    ("wp8", "dotnet5.1", "netstandard1.0"),
    ("net45", "dotnet5.2", "netstandard1.1"),
    ("net451", "dotnet5.3", "netstandard1.2"),
    ("net46", "dotnet5.4", "netstandard1.3"),
    ("net461", "dotnet5.5", "netstandard2.0"),
    ("net462", "dotnet5.6", "netstandard2.0"),
    ("netcore45", "dotnet5.2", "netstandard1.1"),
    ("netcore451", "dotnet5.3", "netstandard1.2"),
    ("monoandroid", "dotnet5.6", "netstandard2.1"),
    ("monomac", "dotnet5.6", "netstandard2.1"),
    ("monotouch", "dotnet5.6", "netstandard2.1"),
    ("xamarinios", "dotnet5.6", "netstandard2.1"),
    ("xamarinmac", "dotnet5.6", "netstandard2.1"),
    ("xamarinpsthree", "dotnet5.6", "netstandard2.0"),
    ("xamarinpsfour", "dotnet5.6", "netstandard2.0"),
    ("xamarinpsvita", "dotnet5.6", "netstandard2.0"),
    ("xamarinxboxthreesixty", "dotnet5.6", "netstandard2.0"),
    ("xamarinxboxone", "dotnet5.6", "netstandard2.0"),
    ("xamarintvos", "dotnet5.6", "netstandard2.1"),
    ("xamarinwatchos", "dotnet5.6", "netstandard2.1"),
)

EQUIVALENT: tuple[tuple[str, ...], ...] = (
    ("uap", "uap10.0"),
    ("win", "win8", "netcore45", "winrt45", "netcore", "winrt"),
    ("win81", "netcore451"),
    ("wp", "wp7", "sl3-wp"),
    ("wp71", "sl4-wp71"),
    ("wp8", "sl8-wp"),
    ("wp81", "sl81-wp"),
    ("wpa", "wpa81"),
    ("tizen", "tizen3.0"),
    ("dnx", "dnx45", "aspnet50"),
    ("dnxcore", "dnxcore50", "aspnetcore50", "aspnetcore"),
    ("aspnet", "aspnet50"),
)

EQUIVALENT_PROFILES = {
    ("net", "client"): "",
    ("net", "full"): "",
    ("sl", "windowsphone71"): "windowsphone",
    ("wp", "windowsphone71"): "windowsphone",
}

SUBSETS = {"dnx": "net", "dnxcore": "dotnet", "netstandardapp": "netstandard"}
"""What each is more of, at every version."""

PLATFORMS = {"android": "monoandroid", "tizen": "tizen"}
"""From .NET 6 on, the older framework that a platform stands for as well."""

PACKAGE_BASED = frozenset({"dnxcore", "dotnet", "netstandard", "netstandardapp", "netcoreapp", "uap", "tizen"})

PRECEDENCE = ("net", "netcore", "win", "wpa")
PACKAGE_PRECEDENCE = ("netcoreapp", "netstandardapp", "netstandard", "dotnet")

PORTABLE = {
    31: "win81+wp81", 32: "win81+wpa81", 44: "net451+win81", 84: "wp81+wpa81", 151: "net451+win81+wpa81",
    157: "win81+wp81+wpa81", 7: "net45+win8", 49: "net45+wp8", 78: "net45+win8+wp8", 111: "net45+win8+wpa81",
    259: "net45+win8+wpa81+wp8", 2: "net40+win8+sl4+wp7", 3: "net40+sl4", 4: "net45+sl4+win8+wp7", 5: "net40+win8",
    6: "net403+win8", 14: "net40+sl5", 18: "net403+sl4", 19: "net403+sl5", 23: "net45+sl4", 24: "net45+sl5",
    36: "net40+sl4+win8+wp8", 37: "net40+sl5+win8", 41: "net403+sl4+win8", 42: "net403+sl5+win8",
    46: "net45+sl4+win8", 47: "net45+sl5+win8", 88: "net40+sl4+win8+wp75", 92: "net40+win8+wpa81",
    95: "net403+sl4+win8+wp7", 96: "net403+sl4+win8+wp75", 102: "net403+win8+wpa81", 104: "net45+sl4+win8+wp75",
    136: "net40+sl5+win8+wp8", 143: "net403+sl4+win8+wp8", 147: "net403+sl5+win8+wp8", 154: "net45+sl4+win8+wp8",
    158: "net45+sl5+win8+wp8", 225: "net40+sl5+win8+wpa81", 240: "net403+sl5+win8+wpa81",
    255: "net45+sl5+win8+wpa81", 328: "net40+sl5+win8+wpa81+wp8", 336: "net403+sl5+win8+wpa81+wp8",
    344: "net45+sl5+win8+wpa81+wp8",
}  # fmt: skip
"""What each profile of portable libraries is portable to."""

PORTABLE_TO_MONO = frozenset(
    {5, 6, 7, 14, 19, 24, 37, 42, 44, 47, 49, 78, 92, 102, 111, 136, 147, 151, 158, 225, 255, 259, 328, 336, 344}
)
"""The profiles that are also portable to Xamarin's frameworks."""
MONO = "monoandroid+monotouch+xamarinios+xamarinwatchos+xamarintvos"

PORTABLE_SUPPORTS = {
    7: "netstandard1.1", 31: "netstandard1.0", 32: "netstandard1.2", 44: "netstandard1.2", 49: "netstandard1.0",
    78: "netstandard1.0", 84: "netstandard1.0", 111: "netstandard1.1", 151: "netstandard1.2", 157: "netstandard1.0",
    259: "netstandard1.0",
}  # fmt: skip
"""Up to which netstandard a project of a profile takes."""
