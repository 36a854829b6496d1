// Restores one project from its dgspec with the resolver of `dotnet restore`, which nuget.exe has in it.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NuGet.Commands;
using NuGet.Common;
using NuGet.Configuration;
using NuGet.ProjectModel;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;

class ConsoleLog : LoggerBase
{
    public override void Log(ILogMessage message) { Console.WriteLine(message.Level + " " + message.Code + " " + message.Message); }
    public override Task LogAsync(ILogMessage message) { Log(message); return Task.FromResult(0); }
}

static class Restore
{
    static int Main(string[] arguments)
    {
        var spec = DependencyGraphSpec.Load(arguments[0]);
        var settings = Settings.LoadDefaultSettings(arguments[1]);
        using (var cache = new SourceCacheContext { NoCache = true })
        {
            var restore = new RestoreArgs
            {
                AllowNoOp = false,
                CacheContext = cache,
                Log = new ConsoleLog(),
                MachineWideSettings = null,
                CachingSourceProvider = new CachingSourceProvider(new PackageSourceProvider(settings)),
                PreLoadedRequestProviders = new List<IPreLoadedRestoreRequestProvider>
                {
                    new DependencyGraphSpecRequestProvider(new RestoreCommandProvidersCache(), spec),
                },
            };
            var summaries = RestoreRunner.RunAsync(restore).GetAwaiter().GetResult();
            return summaries.All(summary => summary.Success) ? 0 : 1;
        }
    }
}
